"""What performs the steps of a call. The only code that knows how to wait."""

from .threads import Driver, ThreadDriver
from .waiting import Gate, World

__all__ = ("Driver", "Gate", "ThreadDriver", "World")
