"""The idle connections of a pool, in a queue that an interrupt (Ctrl-C, an alarm) does not leave locked.

`queue.LifoQueue` takes its lock in Python code: an interrupt that comes just after it has the lock
keeps it for ever, and every later request to the host waits for it.
"""

from __future__ import annotations

import queue
from typing import Any


class Line(queue.LifoQueue[Any]):
    """A `LifoQueue` whose lock is taken and let go in one step, where nobody is to wait.

    Threading: as a `LifoQueue`. Does not block where `block` is false.
    """

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take what came last."""
        if block:
            return super().get(block, timeout)
        with self.mutex:
            if not self.queue:
                raise queue.Empty
            item = self.queue.pop()
            self.not_full.notify()
            return item

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add one."""
        if block:
            super().put(item, block, timeout)
            return
        with self.mutex:
            if 0 < self.maxsize <= len(self.queue):
                raise queue.Full
            self.queue.append(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()
