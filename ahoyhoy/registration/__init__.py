"""Registers this process in a registry: `with Registration(ConsulRegistry(), "users", ("10.0.0.1", 8080)):`."""

from __future__ import annotations

from .consul import ConsulRegistry
from .etcd import EtcdRegistry
from .eureka import EurekaRegistry
from .registration import Registration
from .registry import Entry, Place, Registry
from .url import registry_of
from .zookeeper import ZooKeeperRegistry

__all__ = (
    "ConsulRegistry",
    "Entry",
    "EtcdRegistry",
    "EurekaRegistry",
    "Place",
    "Registration",
    "Registry",
    "ZooKeeperRegistry",
    "registry_of",
)
