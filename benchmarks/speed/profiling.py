"""Where the time of a call goes."""

from __future__ import annotations

import cProfile
import pstats

from .clients import BARE, OWN
from .measures import Bench

_CALLS = 3_000
_SHOWN = 30


def print_profiles(bench: Bench) -> None:
    """Of `Client.get`, `ahoyhoy.Session.get` and bare requests: functions by their own time.

    The profiler itself multiplies the time of small functions; what it says truly is how many of
    them a call needs, and which.
    """
    for contender in (*OWN[:2], BARE):
        call = bench.way(contender.open).call
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(_CALLS):
            call()
        profile.disable()
        functions = sum(entry.callcount for entry in profile.getstats())
        print(f"{contender.what}: {functions / _CALLS:.0f} function calls for each")
        stats = pstats.Stats(profile)
        stats.strip_dirs().sort_stats("tottime").print_stats(_SHOWN)
