"""Time is an argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

#: Seconds that never go back, such as `time.monotonic`.
Clock: TypeAlias = Callable[[], float]
