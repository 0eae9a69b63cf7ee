"""`Client`: a session whose URLs are paths, and whose hosts are a balancer's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from .._core import Attempt, Call, CallStory, ClientStats, HostStats, Outcome
from .._engine import Story
from ..calling.asking import asked_of
from ..calling.caller import Caller
from ..calling.diagnosis import Known, answered, error_of, last_real
from ..calling.duck import balancer_of
from ..calling.equipment import equipment_of
from ..calling.hearing import hear
from ..calling.settings import settings_of
from ..classifiers.redaction import without_query
from ..endpoints import Endpoint, SimpleHttpEndpoint
from ..health import HealthMonitor
from ..http.verbs import Verbs
from ..lb.iloadbalancer import ILoadBalancer
from .instead import INSTEAD, advice

#: What `Client.__init__` makes; the rest of a client's attributes is a subclass's.
_MADE = frozenset({"_settings", "_lb", "_equipment", "_caller", "_monitor", "_hearing"})


class Client(Verbs):
    """A session whose URLs are paths. Each call goes to a host that a balancer chooses.

    It has the verbs of a `requests.Session` and `request()`. A call that failed goes on to another
    host where that is safe (see `RetryPolicy`). Other attributes of a session are not there: they
    would be some host's; what to use instead is in the AttributeError.

    Args:
        lb: a load balancer, for example `RoundRobinLB(ListProvider(…))`.
        ep_list_update_tries: how often the provider of the hosts is asked when none is left, the
            first time included. Default 1.
        session: the `requests.Session` for all calls; default each host has one of its own.
        headers: sent with each call.
        retry_http_call_func: an `ahoyhoy.retries.Retry`: repeats on the same host, before failover.
        policy: whether a call goes on after a failed attempt, one attempt after another; default
            `RetryPolicy()`: 3 attempts. Not beside a strategy, which has a policy of its own.
        strategy: how the attempts of a call follow each other; default `Sequential(policy)`.
        retry_budget: how many requests may be added to those asked for; default `RetryBudget()`:
            one for every five calls, and ten for each second. None: any number.
        deadline: seconds a call may take in all, unless it says otherwise; default None: any time.
        priority: `"high"`, `"normal"` or `"low"`, unless the call says otherwise; for `propagation`.
        propagation: a `Propagation`: what each request tells the service of deadline, priority and
            caller. Default None: nothing.
        limits: the most requests in flight; they are the balancer's, for all its clients.
        health_check: asks the hosts how they are, from the first call on; default None.
        listeners: functions of one event: see `ahoyhoy.events`.
        callbacks: run around each attempt.
        timeout: for calls that bring none, as `requests` takes it, per attempt. Default 3.05 s to
            connect, 30 s between bytes; None: wait for ever.
        raise_for_status: whether a last 5xx answer is raised (the default) or returned.
        name: what errors call the service; default the method and path of the call.
        clock: seconds that never go back; default `time.monotonic`.
        driver: performs the steps of a call; default one that blocks the calling thread.

    A verb takes, besides the arguments of `requests`: `deadline=` (seconds), `strategy=`,
    `priority=`, and `key=` (what `ConsistentHashLB` chooses the host by).

    Raises:
        TypeError: when `lb` is no balancer, or for an unknown argument.

    Threading: may be shared by threads. A call blocks until it has its result. After a fork the
    child may use it at once.
    """

    def __init__(self, lb: ILoadBalancer, ep_list_update_tries: int = 1, **settings: Any) -> None:
        self._settings = settings_of(ep_list_update_tries=ep_list_update_tries, **settings)
        self._lb = balancer_of(lb)
        self._equipment = equipment_of(self._settings)
        if self._settings.limits is not None:
            self._lb.use_limits(self._settings.limits)
        #: how to hear no more of the balancer's events; None: it does not
        self._hearing: Callable[[], object] | None = hear(
            self, self._lb.announcer, self._settings.listeners
        )
        self._caller = Caller(self._lb, self._settings, equip=self._equipment.equip)
        check = self._settings.health_check
        if check is not None:
            self._lb.use_checks()
        session = self._settings.session
        self._monitor = None if check is None else HealthMonitor(self._lb, check, session=session)

    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if not isinstance(url, str) or not url.startswith("/"):
            shown = without_query(url) if isinstance(url, str) else repr(url)
            raise requests.exceptions.InvalidURL(
                f"a Client takes paths, for example '/users/1', not {shown!r}: it chooses the host"
            )
        if self._monitor is not None:
            self._monitor.start()
        if self._hearing is None:
            self._hearing = hear(self, self._lb.announcer, self._settings.listeners)
        asked = asked_of(self._settings, verb, method, url, args, options)
        return self._caller.make(asked, self._settle)

    def _settle(self, outcome: Outcome, story: Story, call: Call) -> Any:
        if not story.went_well:
            outcome = answered(outcome, story, raises=self._settings.raise_for_status)
            self._lb.last_error = last_real(story) or self._lb.last_error
        if outcome.error is not None:
            known = Known(self._settings.name, self._lb.size, self._lb.last_error)
            raise error_of(outcome, story, call, known)
        if isinstance(outcome.response, requests.Response):
            outcome.response.ahoyhoy = story.told()  # type: ignore[attr-defined]
        return outcome.response

    def resolve(self) -> Any:
        """An `Endpoint` that may be used now, with this client's session, headers and callbacks.

        Raises:
            LbNoEndpointsException: when there is none, after asking the provider as often as a
                call would.
        """
        course = self._caller.course(Call("GET", "/"))
        with self._caller.run(course.lease()) as lease:
            endpoint = lease.endpoint
        return self._equipment.bind(endpoint) if isinstance(endpoint, Endpoint) else endpoint

    def hosts(self) -> tuple[HostStats, ...]:
        """Each host as it is now: circuit, requests in flight, counts, latency.

        Blocks only if the provider was never asked.
        """
        return self._lb.hosts()

    def stats(self) -> ClientStats:
        """What this client did so far. Blocks only if the provider was never asked."""
        return self._caller.stats(self._lb.hosts())

    def close(self) -> None:
        """Close the balancer's idle connections; a session that was passed in stays as it is.

        Health checks, and events of the balancer, pause until the next call. The client stays usable.
        """
        if self._monitor is not None:
            self._monitor.close()
        if self._hearing is not None:
            self._hearing()
            self._hearing = None
        self._lb.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(advice(name))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in INSTEAD:
            raise AttributeError(advice(name))
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Settings only: a copy in another process has circuits and connections of its own."""
        own = {name: value for name, value in vars(self).items() if name not in _MADE}
        return {"lb": self._lb, "settings": self._settings.as_arguments(), "own": own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A subclass's own may take other arguments.
        Client.__init__(self, state["lb"], **state["settings"])
        vars(self).update(state["own"])

    def __repr__(self) -> str:
        name = f" {self._settings.name}" if self._settings.name else ""
        return f"<Client{name} over {type(self._lb).__name__}>"


def attempts_of(response: Any) -> tuple[Attempt, ...]:
    """The attempts of the call that returned this response. Empty for what no client returned."""
    story: CallStory | None = getattr(response, "ahoyhoy", None)
    return () if story is None else story.attempts


def SimpleClient(  # noqa: N802
    session: Any = None, retry_http_call: Callable[..., Any] | None = None
) -> Endpoint:
    """A circuit-breaking session, whose verbs take URLs. Another name of `SimpleHttpEndpoint`."""
    return SimpleHttpEndpoint(session=session, retry=retry_http_call)
