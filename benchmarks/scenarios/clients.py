"""The clients that are compared: this library's, and others on the same servers."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple, Protocol

import requests

from ahoyhoy import Host, LBClientBuilder, LeastRequestLB, ListProvider, PeakEwmaLB, RoundRobinLB

from .servers import SEED

TIMEOUT = 5.0  # seconds, per attempt, for every client


class Get(Protocol):
    """A client's way to ask: whether the answer was a good one. It may raise as well."""

    def __call__(self, path: str = "/", *, method: str = "GET") -> bool:
        """Ask for a path."""


class Contender(NamedTuple):
    """A client to compare.

    Attributes:
        name: in the tables.
        open: makes it, for some hosts, to be closed at the end of `with`.
    """

    name: str
    open: Callable[[Sequence[Host]], AbstractContextManager[Get]]


def ahoyhoy(
    lb: Any = PeakEwmaLB, label: str = "", *, stream: bool = False, **steps: Any
) -> Contender:
    """A client of this library.

    Args:
        lb: the balancer's class.
        label: what is special about it, for the tables.
        stream: whether the body is read after the call.
        steps: steps of the builder by their names without `add_`, each with its argument, or with a
            mapping of its keyword arguments.
    """

    @contextmanager
    def open_client(hosts: Sequence[Host]) -> Iterator[Get]:
        balancer = lb(ListProvider(*hosts), rng=random.Random(SEED))
        builder = LBClientBuilder().add_lb(balancer)
        for step, argument in {"timeout": TIMEOUT, **steps}.items():
            add = getattr(builder, f"add_{step}")
            add(**argument) if isinstance(argument, Mapping) else add(argument)

        def get(path: str = "/", *, method: str = "GET") -> bool:
            response = client.request(method, path, stream=stream)
            return bool(response.ok and response.content)

        with builder.build() as client:
            yield get

    return Contender(f"{lb.__name__}{label and ', '}{label}", open_client)


def round_robin(**steps: Any) -> Contender:
    """This library without its knowledge of latencies."""
    return ahoyhoy(RoundRobinLB, **steps)


def least_request(**steps: Any) -> Contender:
    """This library with the knowledge that a proxy has of loads, not of latencies."""
    return ahoyhoy(LeastRequestLB, **steps)


def elastic_transport(
    label: str = "", *, timeout: float = TIMEOUT, **options: Any
) -> list[Contender]:
    """The peer: round robin, dead nodes, retries, over urllib3. None where it is not installed."""
    if find_spec("elastic_transport") is None:
        return []
    from elastic_transport import NodeConfig, Transport  # noqa: PLC0415 - optional

    @contextmanager
    def open_transport(hosts: Sequence[Host]) -> Iterator[Get]:
        random.seed(SEED)  # It shuffles its nodes.
        logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # Each failure is a warning.
        nodes = [
            NodeConfig(
                "http", h.address, int(h.port), connections_per_node=64, request_timeout=timeout
            )
            for h in hosts
        ]
        transport = Transport(nodes, node_class="urllib3", **options)

        def get(path: str = "/", *, method: str = "GET") -> bool:
            return bool(transport.perform_request(method, path).meta.status < 400)

        yield get
        transport.close()

    return [Contender(f"elastic-transport{label and ', '}{label}", open_transport)]


@contextmanager
def _bare(hosts: Sequence[Host]) -> Iterator[Get]:
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=64)
    urls = itertools.cycle([f"http://{host.address}:{host.port}" for host in hosts])

    def get(path: str = "/", *, method: str = "GET") -> bool:
        return session.request(method, next(urls) + path, timeout=TIMEOUT).ok

    with requests.Session() as session:
        session.mount("http://", adapter)
        yield get


#: A bare `requests.Session` that takes the hosts in turn: what the machine can do.
BARE = Contender("requests.Session", _bare)
