"""Calls in virtual time: scripted hosts instead of sockets, a clock that is told how long things took.

>>> from ahoyhoy import Host, ListProvider, RoundRobinLB
>>> from ahoyhoy.testing import Reply, Simulator
>>> simulator = Simulator()
>>> one, two = Host("10.0.0.1", 80), Host("10.0.0.2", 80)
>>> simulator.network.script(one, Reply(fault="refused"))
>>> simulator.network.script(two, Reply(seconds=0.2))
>>> client = simulator.client(RoundRobinLB(ListProvider(one, two)))
>>> [client.get("/").status_code for _ in range(10)]
[200, 200, 200, 200, 200, 200, 200, 200, 200, 200]
>>> round(simulator.clock(), 3)
2.0
"""

from __future__ import annotations

import errno
import functools
import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from .._drivers import ThreadDriver
from ..circuit import BreakerFactory
from ..client import Client
from ..endpoints.sending import send
from ..lb.iloadbalancer import ILoadBalancer
from ..utils import Host
from .clock import FakeClock


@dataclass(frozen=True)
class Reply:
    """How a scripted host answers one request.

    Args:
        status: the HTTP status. Default 200.
        seconds: how long the answer takes; beyond the request's read timeout it is that timeout.
        body: the answer's bytes.
        headers: the answer's headers.
        fault: instead of an answer: `"refused"`, `"unreachable"` (costs the connect timeout) or
            `"reset"` (the request was sent, then the connection broke).
    """

    status: int = 200
    seconds: float = 0.0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None

    def __post_init__(self) -> None:
        if self.fault not in (None, "refused", "unreachable", "reset"):
            raise ValueError(
                f"fault must be 'refused', 'unreachable' or 'reset', not {self.fault!r}"
            )


class Sent(NamedTuple):
    """A request that reached a scripted host (one that was refused did not)."""

    at: float
    host: Host
    method: str
    path: str


class ScriptedNetwork(BaseAdapter):
    """Hosts that answer as a script says; a transport adapter for any `requests.Session`.

    Args:
        clock: is advanced by the time each answer takes.
    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self._scripts: dict[str, deque[Reply]] = {}
        #: what was received, oldest first
        self.sent: list[Sent] = []

    def script(self, host: Host, *replies: Reply) -> None:
        """From now on the host gives these replies, one after the other; the last one for ever."""
        self._scripts[f"{host.address}:{host.port}"] = deque(replies or (Reply(),))

    def session(self) -> requests.Session:
        """A session whose requests go to the scripted hosts."""
        session = requests.Session()
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, self)
        return session

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002
        timeout: Any = None,
        *_: Any,
        **__: Any,
    ) -> requests.Response:
        """Answer one request as the script says."""
        url = urlsplit(request.url or "")
        replies = self._scripts.get(url.netloc, deque([Reply(fault="refused")]))
        reply = replies.popleft() if len(replies) > 1 else replies[0]
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        if reply.fault in ("refused", "unreachable"):
            raise self._not_connected(reply, request, connect)
        host = Host(url.hostname or "", url.port or 0)
        self.sent.append(Sent(self._clock(), host, request.method or "", url.path))
        late = read is not None and reply.seconds > read
        self._clock.advance(read if late else reply.seconds)
        if late:
            raise requests.ReadTimeout("Read timed out.", request=request)
        if reply.fault == "reset":
            broken = ProtocolError(
                "Connection aborted.", ConnectionResetError(errno.ECONNRESET, "reset")
            )
            raise requests.ConnectionError(broken, request=request)
        return self._response(reply, request)

    def close(self) -> None:
        """Nothing is open."""

    def _not_connected(
        self, reply: Reply, request: requests.PreparedRequest, timeout: float | None
    ) -> requests.ConnectionError:
        if reply.fault == "unreachable":
            self._clock.advance(timeout or 0.0)
            return requests.ConnectTimeout("Connection timed out.", request=request)
        reason = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
        reason.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        failed = MaxRetryError(None, request.url, reason)  # type: ignore[arg-type]
        return requests.ConnectionError(failed, request=request)

    def _response(self, reply: Reply, request: requests.PreparedRequest) -> requests.Response:
        raw = HTTPResponse(
            io.BytesIO(reply.body),
            headers=reply.headers,
            status=reply.status,
            preload_content=False,
        )
        response = HTTPAdapter().build_response(request, raw)
        response._content = raw.read()
        response._content_consumed = True
        return response


class Simulator:
    """A clock, a network of scripted hosts, and clients that live in them. Nothing ever waits."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.network = ScriptedNetwork(self.clock)
        self._driver = ThreadDriver(
            functools.partial(send, clock=self.clock), sleep=self.clock.advance
        )

    def run(self, steps: Any) -> Any:
        """Run the steps of a call in virtual time."""
        return self._driver.run(steps)

    def client(
        self, lb: ILoadBalancer, *, breaker: dict[str, Any] | None = None, **settings: Any
    ) -> Client:
        """A client over the scripted hosts.

        Args:
            lb: the balancer; its circuits are made to live in virtual time.
            breaker: options of the circuits, as for `add_breaker`.
            settings: as for `Client`.
        """
        make: Callable[..., Any] = BreakerFactory(clock=self.clock, **(breaker or {}))
        lb.use_breaker(make)
        settings.setdefault("session", self.network.session())
        return Client(lb, clock=self.clock, driver=self, **settings)
