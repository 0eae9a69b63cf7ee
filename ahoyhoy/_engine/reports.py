"""Tells listeners what a call does. Makes no event while nobody listens."""

from __future__ import annotations

from typing import Any

from .._core import Attempt, Call
from ..classifiers.redaction import without_query
from ..events import (
    Announcer,
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    HedgeWon,
    RetryDenied,
)
from .story import Started, Story


class Reports:
    """Tells listeners what a call does.

    Args:
        service: what events call the service.
        announcer: whom to tell.
    """

    def __init__(self, service: str | None = None, announcer: Announcer | None = None) -> None:
        self._service = service
        self._announcer = Announcer() if announcer is None else announcer

    def call_started(self, call: Call) -> None:
        """A call begins."""
        if self._announcer.heard:
            self._announcer.tell(CallStarted(*self._of(call)))

    def call_ended(
        self, call: Call, story: Story, status: int | None, error: BaseException | None
    ) -> None:
        """A call has its result."""
        if self._announcer.heard:
            told = story.told()
            self._announcer.tell(
                CallEnded(*self._of(call), told.elapsed, told.attempts, status, error)
            )

    def attempt_started(self, call: Call, started: Started) -> None:
        """A request is about to go to a host."""
        if self._announcer.heard:
            self._announcer.tell(AttemptStarted(*self._of(call), started.host, started.number))

    def attempt_ended(self, call: Call, number: int, attempt: Attempt) -> None:
        """An attempt has its outcome."""
        if self._announcer.heard:
            self._announcer.tell(AttemptEnded(*self._of(call), number, attempt))

    def denied(self, call: Call, reason: str) -> None:
        """An additional request was not allowed."""
        if self._announcer.heard:
            self._announcer.tell(RetryDenied(*self._of(call), reason))

    def hedge_won(self, call: Call, host: Any, loser: Any) -> None:
        """A second request answered first."""
        if self._announcer.heard:
            self._announcer.tell(HedgeWon(*self._of(call), host, loser))

    def _of(self, call: Call) -> tuple[str | None, str, str]:
        return self._service, call.method, without_query(call.url)
