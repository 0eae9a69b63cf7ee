"""A service: its balancer, and how its requests are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from .._core import Call, ClientStats, HostStats, Outcome
from .._engine import Story
from ..calling.asking import Asked
from ..calling.caller import Caller
from ..calling.diagnosis import Known, answered, last_real
from ..calling.equipment import Equipment
from ..calling.hearing import hear
from ..calling.settings import Settings
from ..health import HealthMonitor
from ..lb.iloadbalancer import ILoadBalancer
from .exchange import Exchange, Naming, attempt_of, body_of
from .extras import asked_now
from .failure import failure_of
from .probing import Probed, Probes
from .steering import Steered


class Service:
    """A service: its balancer, and how its requests are made.

    Args:
        lb: chooses the hosts.
        settings: of its calls.
        naming: by which name its requests go out.

    Threading: may be shared by threads, and by adapters.
    """

    def __init__(self, lb: ILoadBalancer, settings: Settings, naming: Naming) -> None:
        self.lb = lb
        self.settings = settings
        self.naming = naming
        if settings.limits is not None:
            lb.use_limits(settings.limits)
        self._hearing: Callable[[], object] | None = hear(
            self, self.lb.announcer, settings.listeners
        )
        equip = Equipment(propagation=settings.propagation).equip_plainly
        self._caller = Caller(Steered(lb, settings.limits), settings, equip=equip, send=attempt_of)
        check = settings.health_check
        if check is not None:
            lb.use_checks()
        #: what checks ask with; None: there are none
        self.probes = None if check is None else Probes()
        # The monitor holds it weakly.
        self._probed = Probed(lb, settings.name, naming)
        self._monitor = (
            None if check is None else HealthMonitor(self._probed, check, session=self.probes)
        )

    def perform(self, exchange: Exchange) -> Any:
        """Make a request, in as many attempts as it takes; its answer.

        Raises:
            requests.RequestException: the last attempt's, or one that says why there was none.
        """
        if self._monitor is not None:
            self._monitor.start()
        if self._hearing is None:
            self._hearing = hear(self, self.lb.announcer, self.settings.listeners)
        request = exchange.request
        method, url = request.method or "", request.url or ""
        asked, strategy = asked_now(self.settings, method, url)
        call = Call(
            method,
            url,
            (exchange,),
            {"headers": request.headers},
            "request",
            body_of(request),
            asked.deadline,
            asked.priority,
            asked.key,
        )
        return self._caller.make(Asked(call, strategy), self._settle)

    def _settle(self, outcome: Outcome, story: Story, call: Call) -> Any:
        if not story.went_well:
            outcome = answered(outcome, story, raises=False)
            self.lb.last_error = last_real(story) or self.lb.last_error
        if outcome.error is not None:
            known = Known(self.settings.name, self.lb.size, self.lb.last_error)
            raise failure_of(outcome, story, call, known)
        if isinstance(outcome.response, requests.Response):
            outcome.response.ahoyhoy = story.told()  # type: ignore[attr-defined]
        return outcome.response

    def hosts(self) -> tuple[HostStats, ...]:
        """Each host as it is now. Blocks only if the provider was never asked."""
        return self.lb.hosts()

    def stats(self) -> ClientStats:
        """What was done so far. Blocks only if the provider was never asked."""
        return self._caller.stats(self.lb.hosts())

    def close(self) -> None:
        """Close what the balancer holds open; checks and its events pause until the next call."""
        if self._monitor is not None:
            self._monitor.close()
        if self._hearing is not None:
            self._hearing()
            self._hearing = None
        self.lb.close()

    def __getstate__(self) -> dict[str, Any]:
        """Settings only: a copy in another process has circuits and connections of its own."""
        return {"lb": self.lb, "settings": self.settings.as_arguments(), "naming": self.naming}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Service.__init__(self, state["lb"], Settings(**state["settings"]), state["naming"])
