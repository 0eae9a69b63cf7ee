"""Sessions: `SessionProxy`, and the transport of the ones the library makes for itself."""

from .keepalive import KeepAliveAdapter
from .proxy import SessionProxy

__all__ = ("KeepAliveAdapter", "SessionProxy")
