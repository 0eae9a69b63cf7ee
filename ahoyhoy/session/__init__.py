"""The drop-in: a `requests.Session` for which some URLs are services of many hosts."""

from .adapter import Adapter
from .session import Session

__all__ = ("Adapter", "Session")
