"""Has the listeners of a client hear what happens in its balancer, which may outlive it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from ..events import Announcer, Listener


def hear(owner: Any, announcer: Announcer, listeners: tuple[Listener, ...]) -> Callable[[], object]:
    """Have the listeners told, until the owner is gone.

    Args:
        owner: whose listeners they are.
        announcer: the balancer's; it may have other listeners too.
        listeners: each a function of one event.

    Returns:
        How to end it before; once is enough.
    """
    for listener in listeners:
        announcer.add(listener)
    hearing = weakref.finalize(owner, _forget, announcer, listeners)
    hearing.atexit = False
    return hearing


def _forget(announcer: Announcer, listeners: tuple[Listener, ...]) -> None:
    for listener in listeners:
        announcer.remove(listener)
