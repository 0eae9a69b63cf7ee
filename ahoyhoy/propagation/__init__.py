"""How long somebody waits, and how urgent it is: for a block of code, and from service to service.

The middlewares of servers are in modules of their own: `wsgi`, `asgi`, `django` and `aiohttp`.
"""

from .context import (
    ambient_deadline,
    current_deadline,
    current_priority,
    deadline,
    mixed_priority,
    priority,
)
from .outgoing import Propagation

__all__ = (
    "Propagation",
    "ambient_deadline",
    "current_deadline",
    "current_priority",
    "deadline",
    "mixed_priority",
    "priority",
)
