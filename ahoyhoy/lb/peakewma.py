"""How slow a host is, with a memory for the worst: an average that jumps up and goes down slowly."""

from __future__ import annotations

import math

#: Seconds after which a sample weighs 1/e.
DECAY = 10.0
#: Seconds that a failure counts at least: a host that fails fast must not look fast.
_PENALTY = 5.0
#: Seconds that a failure counts at most, whatever it asks for.
_WORST = 300.0
#: Seconds of rest before a host that is too slow is tried again; doubled while it stays slow.
_FIRST_PAUSE = 3.0
_LONGEST_PAUSE = 60.0


class PeakEwma:
    """What the answers of one host took.

    A slower answer counts at once, a faster one bit by bit, and time forgives: Finagle's "peak
    EWMA" (Twitter, `com.twitter.finagle.loadbalancer.PeakEwma`), with the penalty for failures
    that Linkerd added.

    Not thread-safe: the balancer's lock guards it.
    """

    __slots__ = (
        "_answers",
        "_failed",
        "_limit",
        "_pause",
        "_probing",
        "is_known",
        "last",
        "offered",
        "peak",
        "turn",
    )

    def __init__(self) -> None:
        #: seconds, when it was last heard from; None while it never was
        self.peak: float | None = None
        #: when it was last heard from
        self.last = -math.inf
        #: when a call was last offered to it
        self.offered = -math.inf
        #: its virtual time, when it takes turns by weight
        self.turn = 0.0
        #: whether its answers say how fast it is: not before the second one. The first takes what a
        #: connection takes to be made, and a TLS handshake more than many answers
        self.is_known = False
        self._answers = 0
        self._failed = False
        self._probing = False
        self._pause = _FIRST_PAUSE
        #: seconds from which on a probe says that the host is still slow
        self._limit = math.inf

    def seconds(self, now: float) -> float:
        """What an answer takes; less with every second without news, 0.0 before the first."""
        return self.peak * math.exp((self.last - now) / DECAY) if self.peak else 0.0

    def answered(self, seconds: float, now: float) -> None:
        """An answer took so long."""
        if self.peak is None or seconds > self.peak or not self._goes_on:
            self.peak = seconds
        else:
            weight = math.exp((self.last - now) / DECAY)
            self.peak = seconds + (self.peak - seconds) * weight
        self._learn(seconds)
        self._answers += 1
        self.is_known = self._answers > 1
        self._failed = self._probing = False
        self.last = now

    @property
    def _goes_on(self) -> bool:
        # After a fault, or a connection's beginning, what was before says nothing.
        return self.is_known and not self._failed and not self._probing

    def failed(self, seconds: float, now: float) -> None:
        """An attempt failed after so long, or asked to be left alone for so long."""
        self.peak = min(max(seconds, _PENALTY, 2 * self.seconds(now)), _WORST)
        self._failed, self._probing = True, False
        self.is_known = True
        self._pause = _FIRST_PAUSE  # from here on its circuit decides how often
        self.last = now

    def abandoned(self, seconds: float, now: float) -> None:
        """An answer would have taken longer than so long."""
        if self.peak is None or seconds > self.seconds(now):
            self.peak = seconds
            if seconds > self._limit:
                self._learn(seconds)
            self._answers = max(self._answers, 2)  # it is slow: that much is known
            self.is_known = True
            self.last = now
        self._probing = False

    def rested(self, now: float, used_at: float | None) -> bool:
        """Whether the host was left alone for long enough to try it again."""
        return now - max(self.last, self.last if used_at is None else used_at) >= self._pause

    def probe(self, limit: float) -> None:
        """The next answer tells whether the host is still slower than `limit` seconds."""
        self._probing = True
        self._limit = limit

    def spare(self) -> None:
        """The probe was not sent."""
        self._probing = False

    def _learn(self, seconds: float) -> None:
        if seconds <= self._limit:
            self._pause = _FIRST_PAUSE
        elif self._probing:
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
