"""What a host is asked, how often, and how many answers decide."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field

#: A millisecond: far below what a network call takes.
_SHORTEST = 0.001
#: A day: who looks less often looks too late.
_LONGEST = 86_400.0


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What a host is asked, how often, and how many answers decide.

    A host is unhealthy after `fall` probes in a row that failed, and healthy again after `rise`
    in a row that passed (as in HAProxy). Before the first verdict it is taken for healthy.

    Args:
        path: what is asked for by GET, put behind the instance's base path: `"/health"`. None: a
            probe only opens a TCP connection to the host and closes it.
        interval: seconds between the starts of two probes of a host. Default 5.
        timeout: seconds a probe may take in all; at most the interval. Default 1.
        rise: passed probes in a row that make a host healthy. Default 2.
        fall: failed probes in a row that make a host unhealthy. Default 3.
        jitter: each interval is longer or shorter by up to this share, by chance, so that clients
            do not probe in step; the first probe comes within this share of an interval. From 0
            to 0.9, default 0.2.
        statuses: the HTTP statuses of a healthy host. Redirects are not followed. Default
            `range(200, 400)`.
        headers: sent with each probe, besides the session's own. Default none.

    Raises:
        ValueError: for a value out of its range.
        TypeError: for statuses or headers that are none.
    """

    path: str | None
    _: KW_ONLY
    interval: float = 5.0
    timeout: float = 1.0
    rise: int = 2
    fall: int = 3
    jitter: float = 0.2
    statuses: Collection[int] = range(200, 400)
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.path is not None and not (isinstance(self.path, str) and self.path[:1] == "/"):
            raise ValueError(
                f"path must start with a slash ('/health'), or be None to only connect,"
                f" not {self.path!r}"
            )
        for name in ("interval", "timeout"):
            value = getattr(self, name)
            if not _is_number(value) or not _SHORTEST <= value <= _LONGEST:
                raise ValueError(
                    f"{name} must be seconds from {_SHORTEST} to {_LONGEST:.0f}, not {value!r}"
                )
        if self.timeout > self.interval:
            raise ValueError(
                f"timeout ({self.timeout}) must not be above interval ({self.interval}):"
                " a host is probed once at a time"
            )
        _check_count("rise", self.rise)
        _check_count("fall", self.fall)
        if not _is_number(self.jitter) or not 0 <= self.jitter <= 0.9:
            raise ValueError(f"jitter must be from 0 to 0.9, not {self.jitter!r}")
        object.__setattr__(self, "statuses", _as_statuses(self.statuses))
        if not isinstance(self.headers, Mapping):
            raise TypeError(f"headers must be a mapping of names to values, not {self.headers!r}")
        object.__setattr__(self, "headers", dict(self.headers))

    def first_pause(self, rng: random.Random) -> float:
        """Seconds until a host that is new is probed."""
        return rng.random() * self.jitter * self.interval

    def pause(self, rng: random.Random) -> float:
        """Seconds from the start of a probe to the start of the host's next."""
        return self.interval * (1.0 + self.jitter * (2.0 * rng.random() - 1.0))


def _as_statuses(statuses: Collection[int]) -> Collection[int]:
    if not isinstance(statuses, Collection) or not all(
        isinstance(status, int) and not isinstance(status, bool) for status in statuses
    ):
        raise TypeError(
            f"statuses must be HTTP statuses, such as range(200, 300) or {{200, 204}},"
            f" not {statuses!r}"
        )
    if not statuses:
        raise ValueError("statuses must not be empty: no host would be healthy")
    # A range stays one: it is shorter to read, and hashable as well.
    return statuses if isinstance(statuses, range) else frozenset(statuses)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number from 1 up, not {value!r}")
