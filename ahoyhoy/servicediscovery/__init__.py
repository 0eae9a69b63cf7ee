"""A session for one host, whose verbs take paths."""

from .servicediscovery import ServiceDiscoveryAdapter, ServiceDiscoveryHttpClient

__all__ = ("ServiceDiscoveryAdapter", "ServiceDiscoveryHttpClient")
