"""How the attempts of one call follow each other."""

from .hedged import Hedged, linear_delays
from .permethod import PerMethod
from .sequential import Sequential
from .single import Single
from .strategy import Course, Strategy

__all__ = (
    "Course",
    "Hedged",
    "PerMethod",
    "Sequential",
    "Single",
    "Strategy",
    "linear_delays",
)
