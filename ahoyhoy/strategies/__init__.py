"""How the attempts of one call follow each other."""

from .sequential import Sequential

__all__ = ("Sequential",)
