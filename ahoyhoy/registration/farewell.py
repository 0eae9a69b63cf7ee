"""What is done at SIGTERM, before what was to happen then."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any


class Farewell:
    """A handler of SIGTERM in front of the one that was there. To be installed once.

    Args:
        leave: called first, in the main thread, between any two instructions of it.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._before: Any = None
        self._removed = False

    def install(self) -> None:
        """Take the place of the handler, if this is the main thread and SIGTERM is not ignored."""
        if threading.current_thread() is not threading.main_thread():
            return
        before = _in_use(signal.getsignal(signal.SIGTERM))
        # None: something that is not Python's, and cannot be called from here.
        if before not in (None, signal.SIG_IGN):
            self._before = before
            signal.signal(signal.SIGTERM, self._at_sigterm)

    def remove(self) -> None:
        """Give the place back, unless somebody has taken it since: then the rest of this goes on."""
        self._removed = True
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGTERM) == self._at_sigterm:
            signal.signal(signal.SIGTERM, _in_use(self._before))

    def _at_sigterm(self, number: int, frame: Any) -> None:
        self._leave()
        if callable(self._before):
            self._before(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def _in_use(handler: Any) -> Any:
    """The handler, or what is behind it of those that were removed while another was in front."""
    while isinstance(its := getattr(handler, "__self__", None), Farewell) and its._removed:
        handler = its._before
    return handler
