"""Hosts are asked how they are, so that calls need not find out."""

from .check import HealthCheck
from .monitor import HealthMonitor

__all__ = ("HealthCheck", "HealthMonitor")
