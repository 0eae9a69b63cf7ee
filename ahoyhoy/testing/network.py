"""A network of scripted hosts, in virtual time."""

from __future__ import annotations

import errno
import random
from collections import deque
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import Timeout
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from ..http.bounds import Bounds, current
from ..http.reading import with_deadline
from ..utils import Host
from .clock import FakeClock
from .replies import Behaviour, Reply, Sent, chosen
from .stream import response_of
from .virtualtime import VirtualTime


class ScriptedNetwork(BaseAdapter):
    """Hosts that answer as a script says; a transport adapter for any `requests.Session`.

    Args:
        clock: is advanced by the time each answer takes.
        time: where threads wait for the answers; default a `VirtualTime` of this clock.
        rng: what chance is drawn from; default one that draws the same in every run.

    Threading: for the threads of its `VirtualTime`, of which one runs at a time.
    """

    def __init__(
        self,
        clock: FakeClock,
        *,
        time: VirtualTime | None = None,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._time = VirtualTime(clock) if time is None else time
        self._rng = random.Random(0) if rng is None else rng
        self._scripts: dict[str, deque[Reply | Behaviour]] = {}
        #: what was received, oldest first
        self.sent: list[Sent] = []

    def script(self, host: Host, *replies: Reply | Behaviour) -> None:
        """From now on the host gives these replies, one after the other; the last one for ever.

        A function `reply(request, at, rng)` stands for whatever it returns: it is called with the
        `requests.PreparedRequest`, the time on the clock and a `random.Random`.
        """
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
        item = replies.popleft() if len(replies) > 1 else replies[0]
        reply = chosen(item, request, self._clock(), self._rng)
        connect, read = _limits(timeout)
        bounds = current() or Bounds()
        wait = Wait(self._time, bounds)
        if reply.fault in ("refused", "unreachable"):
            _fail_to_connect(reply, request, wait, connect)
        host = Host(url.hostname or "", url.port or 0)
        self.sent.append(Sent(self._clock(), host, request.method or "", url.path))
        seconds = reply.seconds(self._rng) if callable(reply.seconds) else reply.seconds
        if not wait(None if reply.fault == "stall" else seconds, read):
            raise requests.ReadTimeout("Read timed out.", request=request)
        if reply.fault == "reset":
            broken = ConnectionResetError(errno.ECONNRESET, "reset")
            aborted = ProtocolError("Connection aborted.", broken)
            raise requests.ConnectionError(aborted, request=request)
        response = response_of(reply, request, lambda: wait.for_byte(reply.interval, read))
        if bounds.deadline is not None:
            response.raw = with_deadline(response.raw, bounds.deadline)
        return response

    def close(self) -> None:
        """Nothing is open."""


class Wait:
    """How a request waits for its host, within the bounds of its attempt.

    Args:
        time: where.
        bounds: what ends it before its time.
    """

    def __init__(self, time: VirtualTime, bounds: Bounds) -> None:
        self._time = time
        self._bounds = bounds

    def __call__(self, seconds: float | None, limit: float | None) -> bool:
        """Wait so many seconds, or for ever; False: the limit came first.

        Raises:
            AttemptCancelledError: when nobody wants the answer any more.
        """
        late = limit is not None and (seconds is None or seconds > limit)
        gate = self._time.gate()
        self._bounds.arm(gate.open)
        try:
            gate.wait(limit if late else seconds)
        finally:
            self._bounds.disarm()
        self._bounds.check()
        return not late

    def for_byte(self, seconds: float, limit: float | None) -> None:
        """Wait for the next byte of a body, as a socket does.

        Raises:
            TimeoutError: when it comes too late, or the deadline before it.
        """
        if self._bounds.deadline is not None:
            left = self._bounds.deadline.remaining()
            limit = left if limit is None else min(limit, left)
        if not self(seconds, limit):
            raise TimeoutError("timed out")


def _limits(timeout: Any) -> tuple[float | None, float | None]:
    """Seconds to connect and seconds between bytes, of what `requests` takes for a timeout."""
    if isinstance(timeout, Timeout):
        # Its own properties measure the time to connect, in real time.
        given = [s for s in (timeout.total, timeout._read) if isinstance(s, (int, float))]
        return timeout.connect_timeout, min(given, default=None)  # type: ignore[return-value]
    return timeout if isinstance(timeout, tuple) else (timeout, timeout)


def _fail_to_connect(
    reply: Reply, request: requests.PreparedRequest, wait: Wait, limit: float | None
) -> NoReturn:
    if reply.fault == "unreachable":
        wait(None, limit)
        raise requests.ConnectTimeout("Connection timed out.", request=request)
    reason = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
    reason.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    failed = MaxRetryError(None, request.url, reason)  # type: ignore[arg-type]
    raise requests.ConnectionError(failed, request=request)
