"""Balancing turned off, for debugging: every call goes to the first host, and only once."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from typing import Any

from .._core import Call
from ..lb.iloadbalancer import ILoadBalancer
from ..lb.lease import Lease

logger = logging.getLogger("ahoyhoy.client")

#: Set to anything but 0, it turns balancing off in what is made from then on.
VARIABLE = "AHOYHOY_DISABLE"


def is_balancing_off() -> bool:
    """Whether the environment turns balancing off."""
    return os.environ.get(VARIABLE, "") not in ("", "0")


class FirstHost(ILoadBalancer):
    """The first host of another balancer, whatever its circuit, its load and its health say."""

    def __init__(self, lb: ILoadBalancer) -> None:  # no provider: it has the other's
        self._lb = lb
        logger.warning("%s is set: each call goes to the first host, once", VARIABLE)

    @property
    def is_ready(self) -> bool:
        """Whether `lease` would not block."""
        return self._lb.is_ready

    def prepare(self) -> None:
        """Ask the provider. May block."""
        self._lb.prepare()

    def doubt(self) -> None:
        """A call found no host: the provider is asked before the next one."""
        self._lb.doubt()

    def update(self) -> None:
        """Ask the provider for its hosts, now. Blocks as long as the provider does."""
        self._lb.update()

    @property
    def size(self) -> int:
        """How many hosts are known."""
        return self._lb.size

    def lease(self, call: Call, avoid: Collection[Any] = ()) -> Lease:
        """The first host, through its circuit even if that is open.

        Raises:
            LbNoEndpointsException: when there is none.
        """
        hosts = self._lb.hosts()
        if not hosts:
            return self._lb.lease(call, avoid)
        lease = Lease(self._lb.get_or_create_endpoint(hosts[0].host))
        lease.bypass = True
        return lease
