"""The path of a call, once: strategy, host, attempt. No sockets, no threads, no waiting."""

from .course import Course
from .engine import Engine
from .reports import Reports
from .story import Story

__all__ = ("Course", "Engine", "Reports", "Story")
