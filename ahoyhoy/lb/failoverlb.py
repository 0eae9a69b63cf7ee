"""Failover: the first priority's hosts, and others to the extent that these are missing."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from typing import Any

from .._core import Clock
from .balancer import LoadBalancer
from .node import Node
from .peakewmalb import PeakEwmaPicker
from .picker import Picker
from .providers.iprovider import IProvider


class SpillingTiers:
    """Each priority takes as much as its hosts that can be used will bear; the next takes the rest.

    As Envoy does it ("priority levels"): a priority bears `overprovisioning` times the part of its
    hosts that can be used, at most everything. With 1.4 it needs no help while at least 72 %
    of its hosts are up. If all priorities together bear less than everything, they share it in
    proportion.

    Args:
        overprovisioning: how many times its own load a priority can bear. From 1.0 up.

    Raises:
        ValueError: for a number below 1, or none.
    """

    def __init__(self, overprovisioning: float = 1.4) -> None:
        number = isinstance(overprovisioning, (int, float)) and not isinstance(
            overprovisioning, bool
        )
        if not (number and overprovisioning >= 1 and math.isfinite(overprovisioning)):
            raise ValueError(
                f"overprovisioning must be a number from 1 up, not {overprovisioning!r}"
            )
        self._overprovisioning = overprovisioning

    def order(
        self,
        groups: Sequence[Sequence[Node]],
        now: float,  # noqa: ARG002
        rng: random.Random,
    ) -> Sequence[Sequence[Node]]:
        """The group that is drawn, then the others by priority."""
        bears = [self._bears(group) for group in groups]
        total = min(1.0, sum(bears))
        point = rng.random() * total
        left = 1.0 if total else 0.0
        for place, bearable in enumerate(bears):
            part = min(bearable, left)
            if point < part:
                return (groups[place], *groups[:place], *groups[place + 1 :])
            point -= part
            left -= part
        return groups

    def _bears(self, group: Sequence[Node]) -> float:
        usable = sum(node.usable for node in group)
        return min(1.0, self._overprovisioning * usable / len(group))


class FailoverLB(LoadBalancer):
    """The hosts of the first priority, spilling over to the next as they fail.

    The other balancers use a lower priority only when no host of a higher one is left, which
    may be one host with the load of all. This one moves load as soon as more than the spare
    capacity of a priority is gone. Priorities are those of SRV records and of `Instance`, and
    of a `ZoneProvider`.

    Args:
        provider: the source of hosts.
        session: a session for every endpoint; default each endpoint has one of its own.
        picker: which host of a priority; default a `PeakEwmaPicker`.
        overprovisioning: how many times its own load a priority can bear, from 1.0 up. With the
            default of 1.4 the first one keeps all calls while 72 % of its hosts can be used.
        rng, clock, slow_start, fail_open: as for `LoadBalancer`.

    Raises:
        ValueError: for an overprovisioning below 1.
    """

    def __init__(
        self,
        provider: IProvider,
        session: Any = None,
        *,
        picker: Picker | None = None,
        overprovisioning: float = 1.4,
        rng: random.Random | None = None,
        clock: Clock = time.monotonic,
        slow_start: float = 30.0,
        fail_open: bool = False,
    ) -> None:
        super().__init__(
            provider,
            picker=picker or PeakEwmaPicker(rng=rng),
            session=session,
            rng=rng,
            clock=clock,
            slow_start=slow_start,
            fail_open=fail_open,
            tiers=SpillingTiers(overprovisioning),
        )
