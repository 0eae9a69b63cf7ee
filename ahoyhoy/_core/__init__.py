"""Values and effects: no I/O, no clock, no lock, no logging."""

from .body import Body
from .effects import Block, Effect, Send, Sleep, Steps
from .stats import ClientStats, Ewma, HostStats, RollingWindow
from .types import IDEMPOTENT_METHODS, Attempt, Call, Clock, Judgement, Outcome, Verdict

__all__ = (
    "IDEMPOTENT_METHODS",
    "Attempt",
    "Block",
    "Body",
    "Call",
    "ClientStats",
    "Clock",
    "Effect",
    "Ewma",
    "HostStats",
    "Judgement",
    "Outcome",
    "RollingWindow",
    "Send",
    "Sleep",
    "Steps",
    "Verdict",
)
