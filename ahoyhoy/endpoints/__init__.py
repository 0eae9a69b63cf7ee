"""Endpoints: one host behind a circuit breaker."""

from .endpoint import Endpoint, SimpleHttpEndpoint

__all__ = ("Endpoint", "SimpleHttpEndpoint")
