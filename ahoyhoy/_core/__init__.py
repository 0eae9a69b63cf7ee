"""Values and effects: no I/O, no clock, no logging."""

from .body import Body
from .cancellation import Cancellation
from .clock import Clock
from .deadline import Deadline, earliest
from .effects import Block, Effect, Fork, Park, Send, Sleep, Steps, Task, wait_for_any
from .latencies import LatencyWindow
from .numbers import is_number
from .stats import ClientStats, Ewma, HostStats, RollingWindow
from .types import (
    IDEMPOTENT_METHODS,
    NO_HOST,
    Attempt,
    Call,
    CallStory,
    Judgement,
    Outcome,
    Verdict,
)

__all__ = (
    "IDEMPOTENT_METHODS",
    "NO_HOST",
    "Attempt",
    "Block",
    "Body",
    "Call",
    "CallStory",
    "Cancellation",
    "ClientStats",
    "Clock",
    "Deadline",
    "Effect",
    "Ewma",
    "Fork",
    "HostStats",
    "Judgement",
    "LatencyWindow",
    "Outcome",
    "Park",
    "RollingWindow",
    "Send",
    "Sleep",
    "Steps",
    "Task",
    "Verdict",
    "earliest",
    "is_number",
    "wait_for_any",
)
