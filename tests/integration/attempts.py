"""Single attempts on an endpoint, with bounds."""

import time
from contextlib import contextmanager

from ahoyhoy._core import Call, Deadline

#: Seconds: for a loaded machine. On a quiet one an attempt ends within 5 ms of its deadline.
OVERRUN = 1.0


def attempt(endpoint, method="GET", path="/x", *, seconds=None, cancellation=None, **options):
    """The outcome of one attempt that has so many seconds."""
    call = Call.of(method.lower(), method, path, (), options)
    deadline = None if seconds is None else Deadline.after(seconds, time.monotonic)
    call = call.with_(deadline=deadline, cancellation=cancellation)
    return endpoint.attempt(call)


@contextmanager
def taking(seconds):
    """What is done within takes so long, and not much longer."""
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert seconds - 0.01 <= took < seconds + OVERRUN, took
