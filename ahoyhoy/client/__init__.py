"""Clients, and the builders that make them."""

from .builder import LBClientBuilder, SessionClientBuilder
from .client import Client, SimpleClient, attempts_of

__all__ = ("Client", "LBClientBuilder", "SessionClientBuilder", "SimpleClient", "attempts_of")
