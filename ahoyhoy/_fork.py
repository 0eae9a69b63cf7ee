"""What a forked child must renew: locks that a vanished thread may hold, and sockets it shares.

Objects register themselves; they are held weakly.
"""

from __future__ import annotations

import os
import sys
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something with state that does not survive a fork as it is."""

    def _after_fork(self) -> None:
        """Renew locks and drop connections. Runs in the child, which has one thread."""


_registered: dict[int, weakref.ref[Forkable]] = {}


def renew_after_fork(item: Forkable) -> None:
    """Have `item._after_fork()` called in every child that is forked while `item` lives."""
    # By identity, not in a WeakSet: endpoints and hosts compare equal without being the same.
    key = id(item)
    _registered[key] = weakref.ref(item, lambda _: _registered.pop(key, None))


def _in_child() -> None:
    for reference in list(_registered.values()):
        item = reference()
        if item is not None:
            try:
                item._after_fork()
            except Exception as error:  # the others must be renewed all the same
                sys.excepthook(type(error), error, error.__traceback__)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_in_child)
