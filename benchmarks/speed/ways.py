"""Ways to make the same call: how long so many take, and whether what comes is the answer."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .server import BODY, NTH_HEADER, PORT_HEADER

_CHECKED = 200  # calls: enough for a balancer that draws to come to each of five hosts


class Answer(NamedTuple):
    """What a call brought.

    Attributes:
        status: the status code.
        content: the body, parsed.
        port: of the host that answered.
        nth: the how many-th request of its connection this was.
    """

    status: int
    content: Any
    port: int
    nth: int


class Way(Protocol):
    """A client with its way to ask."""

    def seconds(self, calls: int) -> float:
        """How long so many calls take, one after the other."""

    def answers(self, calls: int) -> list[Answer]:
        """What so many calls bring."""


def answer(status: int, body: bytes | str, headers: Mapping[str, str]) -> Answer:
    """From the parts that every client has."""
    return Answer(status, json.loads(body), int(headers[PORT_HEADER]), int(headers[NTH_HEADER]))


class Called:
    """A function that makes the call.

    Args:
        call: makes it.
        read: what its result says.
    """

    def __init__(self, call: Callable[[], Any], read: Callable[[Any], Answer]) -> None:
        self.call = call
        self._read = read

    def seconds(self, calls: int) -> float:
        """How long so many calls take, one after the other."""
        call = self.call
        started = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - started

    def answers(self, calls: int) -> list[Answer]:
        """What so many calls bring."""
        return [self._read(self.call()) for _ in range(calls)]


class Awaited:
    """A coroutine function that makes the call, in a loop that turns only meanwhile."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        call: Callable[[], Awaitable[Any]],
        read: Callable[[Any], Answer],
    ) -> None:
        self._loop = loop
        self._call = call
        self._read = read

    def seconds(self, calls: int) -> float:
        """How long so many calls take, one after the other."""
        return self._loop.run_until_complete(self._seconds(calls))

    def answers(self, calls: int) -> list[Answer]:
        """What so many calls bring."""
        return [self._read(self._loop.run_until_complete(self._one())) for _ in range(calls)]

    async def _seconds(self, calls: int) -> float:
        call = self._call
        started = time.perf_counter()
        for _ in range(calls):
            await call()
        return time.perf_counter() - started

    async def _one(self) -> Any:
        return await self._call()


class Elsewhere:
    """A client in an interpreter of its own, which makes its calls when it is told to.

    Args:
        command: starts it; it then reads JSON lines and answers with JSON lines.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, calls: int) -> float:
        """How long so many calls take, one after the other."""
        return float(self._ask({"seconds": calls}))

    def answers(self, calls: int) -> list[Answer]:
        """What so many calls bring."""
        return [answer(*parts) for parts in self._ask({"answers": calls})]

    def version(self) -> str:
        """Of the client."""
        return str(self._ask({"version": True}))

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended; what it said is above")
        return json.loads(line)


def check(name: str, way: Way, ports: Collection[int]) -> None:
    """Make sure that this client does what is measured.

    Raises:
        AssertionError: an answer was not the one that the hosts give, a host got no call, or
            connections were not kept.
    """
    answers = way.answers(_CHECKED)
    for one in answers:
        if (one.status, one.content) != (200, json.loads(BODY)):
            raise AssertionError(f"{name} got {one}")
    calls = Counter(one.port for one in answers)
    if calls.keys() != set(ports):
        raise AssertionError(f"{name} used {len(calls)} of {len(ports)} hosts")
    opened = sum(one.nth == 1 for one in answers)
    if opened > len(ports):
        raise AssertionError(f"{name} opened {opened} connections for {len(ports)} hosts")
