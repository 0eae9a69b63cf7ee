"""What a response or an error means."""

from .servererror import raise_for_status

__all__ = ("raise_for_status",)
