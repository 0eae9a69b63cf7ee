"""The deadline and the priority of the code that runs now, known to every call made in it.

Both are context variables: each asyncio task and each thread has its own. A task starts with those
of the code that made it, and so does `asyncio.to_thread`; a thread of `threading` or of a pool
starts with none, unless it is given them: `pool.submit(contextvars.copy_context().run, function)`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .._core import Clock, Deadline

#: The most urgent first.
PRIORITIES = ("high", "normal", "low")

_deadline: ContextVar[Deadline | None] = ContextVar("ahoyhoy_deadline", default=None)
_priority: ContextVar[str | None] = ContextVar("ahoyhoy_priority", default=None)


@contextmanager
def deadline(seconds: float, *, clock: Clock = time.monotonic) -> Iterator[Deadline]:
    """A `with` block whose calls, all of them together, may take so many seconds.

    Inside another such block it can only shorten what that one left. The deadline in force is
    what `with … as` gives; `remaining()` of it are the seconds that are left.

    Args:
        seconds: from 0 up, from the beginning of the block.
        clock: seconds that never go back.

    Raises:
        ValueError: at the beginning of the block, when `seconds` is no number from 0 up.

    Threading: it holds in this thread, or this asyncio task, and in the tasks made inside. It stops
    nothing by itself. Let no `yield` of a generator stand in the block: whoever iterates would be
    inside as well. Decorate plain functions with it only: of any other the block would be over
    before its code began.
    """
    with until(Deadline.after(seconds, clock)) as in_force:
        yield in_force


@contextmanager
def until(moment: Deadline) -> Iterator[Deadline]:
    """A `with` block that nobody waits for after that moment, or after an earlier one around it."""
    outer = ambient_deadline(moment.clock)
    in_force = moment if outer is None or moment.at <= outer.at else outer
    before = _deadline.get()
    try:
        _deadline.set(in_force)
        yield in_force
    finally:
        _deadline.set(before)


@contextmanager
def priority(level: str) -> Iterator[str]:
    """A `with` block whose calls have this priority, unless they or their client say another.

    Inside another such block the inner one counts.

    Args:
        level: `"high"`, `"normal"` or `"low"`.

    Raises:
        ValueError: at the beginning of the block, for any other level.

    Threading: as `deadline`.
    """
    if level not in PRIORITIES:
        raise ValueError(f"a priority is one of {', '.join(PRIORITIES)}, not {level!r}")
    before = _priority.get()
    try:
        _priority.set(level)
        yield level
    finally:
        _priority.set(before)


def current_deadline() -> Deadline | None:
    """Until when somebody waits for the code that runs now; None: nobody said."""
    return _deadline.get()


def current_priority() -> str | None:
    """How urgent the code that runs now is; None: nobody said."""
    return _priority.get()


def ambient_deadline(clock: Clock) -> Deadline | None:
    """The current deadline on another clock: as far away now as it is on its own."""
    ambient = _deadline.get()
    if ambient is None or ambient.clock == clock:
        return ambient
    return Deadline.after(ambient.remaining(), clock)


def mixed_priority(own: str | None) -> str | None:
    """The priority of a call that is made now.

    What the call or its client says itself, or else that of the code around it. Low work for
    somebody urgent, and urgent work for somebody low, are both normal.

    Args:
        own: what the call or its client says; None: nothing.

    Threading: to be asked in the caller's thread; an attempt may be sent in another.
    """
    ambient = _priority.get()
    if own is None:
        return ambient
    return "normal" if {own, ambient} == {"high", "low"} else own
