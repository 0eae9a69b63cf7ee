"""What happened in one call so far."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from .._core import Attempt, CallStory, Outcome, Verdict


class Started(NamedTuple):
    """An attempt under way."""

    number: int
    host: Any
    at: float


class Story:
    """What happened in one call so far.

    Threading: attempts side by side write into it from several threads, each by one operation.

    Args:
        now: when the call began.
        updates: how often the provider may still be asked.
    """

    def __init__(self, now: float, updates: int) -> None:
        self.began = now
        self.ended = now
        self.updates = updates
        #: how many additional requests were not allowed
        self.denied = 0
        self._numbers = itertools.count(1)
        self._started: list[Started] = []
        #: by number of the attempt
        self._ended: dict[int, tuple[Attempt, Outcome]] = {}
        #: hosts where the request was sent, or was to be sent: others go first
        self.tried: set[Any] = set()
        #: hosts that could not be reached: not again in this call
        self.unreached: set[Any] = set()
        self._failed = False
        #: what the next attempt is made instead of
        self.repeated: Outcome | None = None

    @property
    def made(self) -> int:
        """How many attempts there were."""
        return len(self._started)

    @property
    def outcomes(self) -> list[Outcome]:
        """What the attempts that ended came to."""
        # A copy, by one operation: an attempt that lost may end meanwhile.
        return [outcome for _, outcome in list(self._ended.values())]

    @property
    def went_well(self) -> bool:
        """Whether it is one attempt, and no failure."""
        return not self._failed and len(self._ended) == 1

    def start(self, host: Any, now: float) -> Started:
        """An attempt begins."""
        started = Started(next(self._numbers), host, now)
        self._started.append(started)
        self.tried.add(host)
        return started

    def end(self, started: Started, outcome: Outcome) -> Attempt:
        """An attempt ended."""
        judgement = outcome.judgement
        if judgement.is_failure:
            self._failed = True
            if judgement.verdict is Verdict.UNSENT:
                self.unreached.add(started.host)
        attempt = Attempt(
            started.host,
            started.at - self.began,
            outcome.elapsed,
            judgement.verdict,
            outcome.status,
            judgement.reason or (type(outcome.error).__name__ if outcome.error else None),
        )
        self._ended[started.number] = attempt, outcome
        return attempt

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, oldest first. One that is under way when the call ends was cancelled."""
        ended = self._ended
        return tuple(
            [
                ended[started.number][0] if started.number in ended else self._cut_short(started)
                for started in self._started
            ]
        )

    def _cut_short(self, started: Started) -> Attempt:
        began, elapsed = started.at - self.began, self.ended - started.at
        return Attempt(started.host, began, max(0.0, elapsed), Verdict.IGNORED, error="cancelled")

    def host_of(self, outcome: Outcome) -> Any:
        """The host of an attempt that ended."""
        return next(a.host for a, other in list(self._ended.values()) if other is outcome)

    def overtaken_by(self, host: Any) -> Any:
        """The host whose answer was waited for longest when another one's came; None: it had none."""
        others = [started for started in self._started if started.host != host]
        late = [started for started in others if started.number not in self._ended]
        return next((started.host for started in late or others), None)

    def discard_repeated(self) -> None:
        """Let go of an answer that nobody will read: an unread body holds a connection."""
        # Not just the last: of attempts side by side that may be the one that won meanwhile.
        response: Any = None if self.repeated is None else self.repeated.response
        if getattr(response, "_content_consumed", True) is False:
            response.close()

    def told(self) -> CallStory:
        """The story, for the caller."""
        return CallStory(self.attempts, self.ended - self.began)
