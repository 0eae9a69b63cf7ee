"""A session whose calls have retries, deadlines and listeners: what `SessionClientBuilder` builds."""

from __future__ import annotations

import weakref
from collections.abc import Collection
from typing import Any

import requests

from .._core import Call, Outcome
from .._engine import Story
from ..calling.asking import asked_of
from ..calling.caller import Caller
from ..calling.diagnosis import Known, answered, error_of
from ..calling.equipment import Equipment
from ..calling.settings import Settings
from ..classifiers.redaction import without_query
from ..endpoints import Endpoint
from ..lb.iloadbalancer import ILoadBalancer
from ..lb.lease import Lease


class RetryingEndpoint(Endpoint):
    """An endpoint whose calls may take more than one attempt, all to the same URL.

    Args:
        settings: of the calls; what is the session's, and the circuit's, is in the options.
        options: as for `Endpoint`.
    """

    def __init__(self, *, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self._settings = settings
        self._caller = self._make_caller()

    def _make_caller(self) -> Caller:
        equip = Equipment(propagation=self._settings.propagation).equip_plainly
        return Caller(_Itself(self), self._settings, equip=equip, send=_attempt, other_hosts=False)

    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        asked = asked_of(self._settings, verb, method, url, args, options)
        return self._caller.make(asked, self._settle)

    def _settle(self, outcome: Outcome, story: Story, call: Call) -> Any:
        outcome = answered(outcome, story, raises=True)
        if outcome.error is not None:
            raise error_of(outcome, story, call, Known(self._settings.name, 1, None))
        if isinstance(outcome.response, requests.Response):
            outcome.response.ahoyhoy = story.told()  # type: ignore[attr-defined]
        return outcome.response

    def __getstate__(self) -> dict[str, Any]:
        """Without what belongs to this process."""
        return {name: value for name, value in vars(self).items() if name != "_caller"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._caller = self._make_caller()


class _Itself(ILoadBalancer):
    """A balancer of one endpoint: it is picked however often it was tried."""

    def __init__(self, endpoint: Endpoint) -> None:  # no provider: there is one host
        # Weakly: the endpoint has this balancer, and a call under way has the endpoint.
        self._endpoint = weakref.ref(endpoint)

    @property
    def size(self) -> int:
        """One."""
        return 1

    def lease(self, call: Call, avoid: Collection[Any] = ()) -> Lease:  # noqa: ARG002
        """The endpoint."""
        return _Place(self._endpoint(), call)


class _Place(Lease):
    """The endpoint, under the name of the place that a URL names."""

    def __init__(self, endpoint: Any, call: Call) -> None:
        super().__init__(endpoint)
        self._url = without_query(call.url)

    @property
    def host(self) -> Any:
        """Scheme and address; the endpoint's host where it has one."""
        host = getattr(self.endpoint, "host", None)
        if host is not None:
            return host
        scheme, mark, rest = self._url.partition("://")
        return scheme + mark + rest.partition("/")[0]


def _attempt(endpoint: Any, call: Call) -> Outcome:
    outcome: Outcome = endpoint.attempt(call)
    return outcome
