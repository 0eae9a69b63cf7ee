"""Other clients, each as its documentation shows it: with its defaults, one object for all calls."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from . import _niquests
from .clients import Contender, Ports, pool_manager, read, url_in_turn
from .spread import Goal
from .ways import Answer, Awaited, Called, Elsewhere, answer


@contextmanager
def _elastic_transport(ports: Ports) -> Iterator[Called]:
    """`perform_request` over its node of urllib3: round robin, dead nodes, three retries."""
    library = importlib.import_module("elastic_transport")
    nodes = [library.NodeConfig("http", "127.0.0.1", port) for port in ports]

    def seen(response: Any) -> Answer:
        body = json.dumps(response.body)  # which comes parsed
        return answer(response.meta.status, body, response.meta.headers)

    with closing(library.Transport(nodes, node_class="urllib3")) as made:
        yield Called(lambda: made.perform_request("GET", "/"), seen)


@contextmanager
def _httpx(ports: Ports) -> Iterator[Called]:
    url = url_in_turn(ports)
    with importlib.import_module("httpx").Client() as made:
        yield Called(lambda: made.get(url()), read)


@contextmanager
def _resilient_http(ports: Ports) -> Iterator[Called]:
    url = url_in_turn(ports)
    with importlib.import_module("requests").Session() as theirs:
        made = importlib.import_module("resilient_http").ResilientRequestsSession(theirs)
        yield Called(lambda: made.get(url()), read)


@contextmanager
def _aiohttp(ports: Ports) -> Iterator[Awaited]:
    url = url_in_turn(ports)
    with _session_of_aiohttp() as (loop, made):

        async def get() -> tuple[int, bytes, Any]:
            async with made.get(url()) as response:
                return response.status, await response.read(), response.headers

        yield Awaited(loop, get, lambda parts: answer(*parts))


@contextmanager
def _aio_request(ports: Ports) -> Iterator[Awaited]:
    library = importlib.import_module("aio_request")
    with _session_of_aiohttp() as (loop, theirs):
        made = library.setup(
            transport=library.AioHttpTransport(theirs),
            endpoint_provider=library.DelegateEndpointProvider(url_in_turn(ports)),
        )

        async def get() -> tuple[int, bytes, Any]:
            async with made.request(library.get("/")) as response:
                return response.status, await response.read(), response.headers

        yield Awaited(loop, get, lambda parts: answer(*parts))


@contextmanager
def _session_of_aiohttp() -> Iterator[tuple[asyncio.AbstractEventLoop, Any]]:
    async def make() -> Any:  # It wants to be made in its loop.
        return importlib.import_module("aiohttp").ClientSession()

    with closing(asyncio.new_event_loop()) as loop:
        made = loop.run_until_complete(make())
        try:
            yield loop, made
        finally:
            loop.run_until_complete(made.close())


def niquests(python: str) -> Contender:
    """Called by this interpreter, in whose environment it is: it replaces `urllib3` in its own."""

    @contextmanager
    def open_niquests(ports: Ports) -> Iterator[Elsewhere]:
        way = Elsewhere([python, _niquests.__file__, *map(str, ports)])
        try:
            yield way
        finally:
            way.close()

    return Contender("niquests", "niquests.Session.get", open_niquests)


PEERS = (
    Contender(
        "urllib3",
        "urllib3.PoolManager.request",
        pool_manager,
        retries="same host",
        beside=Goal("≤", 1.2),
    ),
    Contender("httpx", "httpx.Client.get", _httpx),
    Contender("aiohttp", "aiohttp.ClientSession.get", _aiohttp),
    Contender(
        "elastic-transport",
        "elastic_transport.Transport.perform_request",
        _elastic_transport,
        balances="yes",
        breaks="yes",
        retries="yes",
    ),
    Contender(
        "aio-request",
        "aio_request.Client.request",
        _aio_request,
        breaks="if told",
        retries="yes",
    ),
    Contender(
        "resilient-http",
        "ResilientRequestsSession.get",
        _resilient_http,
        breaks="yes",
        retries="yes",
    ),
)
