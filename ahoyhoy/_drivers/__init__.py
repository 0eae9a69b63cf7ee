"""What performs the steps of a call. The only code that knows how to wait."""

from .threads import Driver, ThreadDriver

__all__ = ("Driver", "ThreadDriver")
