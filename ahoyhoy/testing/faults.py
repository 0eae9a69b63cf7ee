"""Faults by chance and by the clock, for scripted hosts: the same ones in every run.

>>> from ahoyhoy.testing import Reply, during, exponential, sometimes
>>> usual = Reply(seconds=exponential(0.02))
>>> shaky = sometimes(0.05, Reply(status=503), usual)
>>> down_for_a_while = during(10, 25, Reply(fault="refused"), shaky)

They nest: a reply, or a function that chooses one, stands wherever the other does.
"""

from __future__ import annotations

import math
import random

import requests

from .replies import Behaviour, Distribution, Reply


def sometimes(
    share: float, reply: Reply | Behaviour, otherwise: Reply | Behaviour | None = None
) -> Behaviour:
    """Give this reply to a share of the requests, drawn anew for each.

    Args:
        share: from 0.0 to 1.0.
        reply: to these.
        otherwise: to the others; default 200 at once.

    Raises:
        ValueError: when the share is none.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share is a number from 0.0 to 1.0, not {share!r}")
    usual = Reply() if otherwise is None else otherwise

    def choose(
        _request: requests.PreparedRequest, _at: float, rng: random.Random
    ) -> Reply | Behaviour:
        return reply if rng.random() < share else usual

    return choose


def during(
    begin: float,
    end: float,
    reply: Reply | Behaviour,
    otherwise: Reply | Behaviour | None = None,
) -> Behaviour:
    """Give this reply to requests that come at `begin` or later, and before `end`.

    Args:
        begin: seconds on the clock.
        end: likewise, not before `begin`.
        reply: within that time.
        otherwise: before and after; default 200 at once.

    Raises:
        ValueError: when it ends before it begins.
    """
    if not begin <= end:
        raise ValueError(f"a time from {begin!r} to {end!r} ends before it begins")
    usual = Reply() if otherwise is None else otherwise

    def choose(
        _request: requests.PreparedRequest, at: float, _rng: random.Random
    ) -> Reply | Behaviour:
        return reply if begin <= at < end else usual

    return choose


def uniform(low: float, high: float) -> Distribution:
    """Any number of seconds from `low` to `high`, each as likely."""
    if not 0 <= low <= high:
        raise ValueError(f"seconds go from a number to a higher one, not from {low!r} to {high!r}")
    return lambda rng: rng.uniform(low, high)


def exponential(mean: float) -> Distribution:
    """Mostly less than `mean` seconds, now and then several times as much: a queue's waiting time."""
    if not mean > 0:
        raise ValueError(f"a mean is seconds above 0, not {mean!r}")
    return lambda rng: rng.expovariate(1 / mean)


def lognormal(median: float, sigma: float = 0.5) -> Distribution:
    """Half of them below `median` seconds, with a long tail: what servers are measured to do.

    Args:
        median: seconds.
        sigma: how wide it is: one in 100 takes `exp(2.33 * sigma)` times the median (3.2 at 0.5).
    """
    if not median > 0 or not sigma >= 0:
        raise ValueError(f"a median is above 0 and sigma not below, not {median!r} and {sigma!r}")
    return lambda rng: rng.lognormvariate(math.log(median), sigma)
