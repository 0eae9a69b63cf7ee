"""`Client`: a session whose URLs are paths, and whose hosts are a balancer's."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from .._core import Attempt, Call, ClientStats, Clock, HostStats, Outcome, Verdict
from .._drivers import Driver, ThreadDriver
from .._engine import Engine, Story
from ..classifiers.redaction import without_query
from ..endpoints import Endpoint, SimpleHttpEndpoint
from ..endpoints.defaults import NO_CALLBACKS, Callbacks, Defaults
from ..endpoints.sending import send
from ..exceptions import Ahoyhoy500Exception
from ..http.verbs import Verbs
from ..lb.iloadbalancer import ILoadBalancer
from ..retries import RetryPolicy
from ..retries.policy import Policy
from ..strategies import Sequential
from .checks import check_parts, checked_timeout, checked_updates
from .counts import Counts
from .diagnosis import Known, error_of, last_real
from .duck import balancer_of
from .equipment import Equipment
from .instead import INSTEAD, advice

#: Seconds to connect (a little over the first TCP retransmission), seconds between bytes.
DEFAULT_TIMEOUT = (3.05, 30.0)

#: What `Client.__init__` makes of its settings; the rest of a client's attributes is a subclass's.
_MADE = frozenset(
    {
        "_settings",
        "_lb",
        "_equipment",
        "_raises",
        "_name",
        "_clock",
        "_counts",
        "_driver",
        "_engine",
    }
)


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
        policy: decides whether a call goes on; default `RetryPolicy()`: 3 attempts.
        callbacks: run around each attempt.
        timeout: for calls that bring none, as `requests` takes it, per attempt. Default 3.05 s to
            connect, 30 s between bytes; None: wait for ever.
        raise_for_status: whether a last 5xx answer is raised (the default) or returned.
        name: what errors call the service; default the method and path of the call.
        clock: seconds that never go back; default `time.monotonic`.
        driver: performs the steps of a call; default one that blocks the calling thread.

    Raises:
        TypeError: when `lb` is no balancer, or for an unknown argument.

    Threading: may be shared by threads. A call blocks until it has its result. After a fork the
    child may use it at once.
    """

    def __init__(
        self,
        lb: ILoadBalancer,
        ep_list_update_tries: int = 1,
        *,
        session: Any = None,
        headers: Mapping[str, str] | None = None,
        retry_http_call_func: Callable[..., Any] | None = None,
        policy: Policy | None = None,
        callbacks: Callbacks = NO_CALLBACKS,
        timeout: Any = DEFAULT_TIMEOUT,
        raise_for_status: bool = True,
        name: str | None = None,
        clock: Clock = time.monotonic,
        driver: Driver | None = None,
    ) -> None:
        checked_updates(ep_list_update_tries)
        checked_timeout(timeout)
        check_parts(session, policy, callbacks, retry_http_call_func)
        self._settings = {
            "ep_list_update_tries": ep_list_update_tries, "session": session, "headers": headers,
            "retry_http_call_func": retry_http_call_func, "policy": policy, "callbacks": callbacks,
            "timeout": timeout, "raise_for_status": raise_for_status, "name": name, "clock": clock,
            "driver": driver,
        }  # fmt: skip
        self._lb = balancer_of(lb)
        self._equipment = Equipment(
            session, retry_http_call_func, callbacks, Defaults(dict(headers or {}), timeout)
        )
        self._raises = raise_for_status
        self._name = name
        self._clock = clock
        self._counts = Counts()
        self._driver = driver or ThreadDriver(functools.partial(send, clock=clock))
        self._engine = Engine(
            self._lb,
            Sequential(policy or RetryPolicy()),
            equip=self._equipment.equip,
            updates=ep_list_update_tries,
            clock=clock,
        )

    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if not isinstance(url, str) or not url.startswith("/"):
            shown = without_query(url) if isinstance(url, str) else repr(url)
            raise requests.exceptions.InvalidURL(
                f"a Client takes paths, for example '/users/1', not {shown!r}: it chooses the host"
            )
        call = Call.of(verb, method, url, args, options)
        failed = True
        story = None
        try:
            outcome, story = self._driver.run(self._engine.steps(call))
            result = self._result(outcome, story, call)
            failed = False
        finally:
            self._counts.add(failed=failed, attempts=len(story.attempts) if story else 0)
        return result

    def _result(self, outcome: Outcome, story: Story, call: Call) -> Any:
        if not self._raises and outcome.verdict not in (Verdict.ACCEPTED, Verdict.IGNORED):
            answered = [o for o in story.outcomes if isinstance(o.error, Ahoyhoy500Exception)]
            if answered and answered[-1] is _last_sent(story):
                outcome = Outcome(answered[-1].judgement, answered[-1].response)
        self._lb.last_error = last_real(story) or self._lb.last_error
        if outcome.error is not None:
            known = Known(self._name, self._lb.size, self._lb.last_error)
            raise error_of(outcome, story, call, known)
        if isinstance(outcome.response, requests.Response):
            outcome.response._ahoyhoy_attempts = tuple(story.attempts)  # type: ignore[attr-defined]
        return outcome.response

    def resolve(self) -> Any:
        """An `Endpoint` that may be used now, with this client's session, headers and callbacks.

        Raises:
            LbNoEndpointsException: when there is none, after asking the provider as often as a
                call would.
        """
        story = Story(self._clock(), self._settings["ep_list_update_tries"] - 1)
        with self._driver.run(self._engine.lease(Call("GET", "/"), story)) as lease:
            endpoint = lease.endpoint
        return self._equipment.bind(endpoint) if isinstance(endpoint, Endpoint) else endpoint

    def hosts(self) -> tuple[HostStats, ...]:
        """Each host as it is now: circuit, requests in flight, counts, latency.

        Blocks only if the provider was never asked.
        """
        return self._lb.hosts()

    def stats(self) -> ClientStats:
        """What this client did so far. Blocks only if the provider was never asked."""
        return self._counts.snapshot(self._lb.hosts())

    def close(self) -> None:
        """Close the balancer's idle connections; a session that was passed in stays as it is.

        The client stays usable.
        """
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
        return {"settings": {"lb": self._lb, **self._settings}, "own": own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Client.__init__(self, **state["settings"])  # a subclass's may take other arguments
        vars(self).update(state["own"])

    def __repr__(self) -> str:
        name = f" {self._name}" if self._name else ""
        return f"<Client{name} over {type(self._lb).__name__}>"


def _last_sent(story: Story) -> Outcome | None:
    return next((o for o in reversed(story.outcomes) if o.verdict is not Verdict.UNSENT), None)


def attempts_of(response: Any) -> tuple[Attempt, ...]:
    """The attempts of the call that returned this response. Empty for what no client returned."""
    attempts: tuple[Attempt, ...] = getattr(response, "_ahoyhoy_attempts", ())
    return attempts


def SimpleClient(  # noqa: N802
    session: Any = None, retry_http_call: Callable[..., Any] | None = None
) -> Endpoint:
    """A circuit-breaking session, whose verbs take URLs. Another name of `SimpleHttpEndpoint`."""
    return SimpleHttpEndpoint(session=session, retry=retry_http_call)
