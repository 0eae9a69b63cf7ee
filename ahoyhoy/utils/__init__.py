"""`Host` and `Instance`: where a service listens and what is known of it."""

from .host import Host
from .instance import Instance

__all__ = ("Host", "Instance")
