"""This library's ways to make the call, and those that it is measured by."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import requests
import urllib3

import ahoyhoy
from ahoyhoy import Host, LBClientBuilder, ListProvider, PeakEwmaLB

from .spread import Goal
from .ways import Answer, Called, answer

Ports = Sequence[int]


class Contender(NamedTuple):
    """A client to compare.

    Attributes:
        name: of its distribution.
        what: is called.
        open: makes it, for hosts at these ports, to be closed at the end of `with`.
        balances: "yes" if over several hosts.
        breaks: "yes" if the circuit of a host or a URL that fails, by default.
        retries: "yes" if what failed, by default.
        to_bare: the goal of its time over that of bare requests.
        beside: the goal of `Client.get`'s time over its own, where it only makes the call.
    """

    name: str
    what: str
    open: Callable[[Ports], AbstractContextManager[Any]]
    balances: str = "no"
    breaks: str = "no"
    retries: str = "no"
    to_bare: Goal | None = None
    beside: Goal | None = None

    @property
    def goal(self) -> Goal | None:
        """Of `Client.get`'s time over its own: to be ahead of all that do more than the call."""
        does_more = "yes" in {self.balances, self.breaks, self.retries}
        return Goal("<", 1) if does_more else self.beside

    @property
    def version(self) -> str | None:
        """That is installed, if any is."""
        try:
            return version(self.name)
        except PackageNotFoundError:
            return None


def url_in_turn(ports: Ports) -> Callable[[], str]:
    """For clients that do not balance: the five hosts one after the other. Good for threads."""
    return itertools.cycle([f"http://127.0.0.1:{port}/" for port in ports]).__next__


def read(response: Any) -> Answer:
    """What a response in the style of requests says."""
    return answer(response.status_code, response.content, response.headers)


@contextmanager
def client(ports: Ports) -> Iterator[Called]:
    """`Client.get` as the builder makes it: balancer, circuits, retries, timeouts."""
    with LBClientBuilder().add_lb(balancer(ports)).build() as made:
        yield Called(lambda: made.get("/"), read)


@contextmanager
def client_with_session(ports: Ports) -> Iterator[Called]:
    """`Client.get` through a session of the user's."""
    with (
        requests.Session() as theirs,
        LBClientBuilder().add_lb(balancer(ports)).add_session(theirs).build() as made,
    ):
        yield Called(lambda: made.get("/"), read)


@contextmanager
def session(ports: Ports) -> Iterator[Called]:
    """`ahoyhoy.Session.get` of a service."""
    with ahoyhoy.Session({"users": balancer(ports)}) as made:
        yield Called(lambda: made.get("http://users/"), read)


@contextmanager
def bare(ports: Ports) -> Iterator[Called]:
    """`requests.Session.get`."""
    url = url_in_turn(ports)
    with requests.Session() as made:
        yield Called(lambda: made.get(url()), read)


@contextmanager
def bare_each(ports: Ports) -> Iterator[Called]:
    """`requests.Session.get`, each thread with a session of its own."""
    url = url_in_turn(ports)
    of_thread = threading.local()
    made: list[requests.Session] = []

    def get() -> requests.Response:
        mine = getattr(of_thread, "session", None)
        if mine is None:
            mine = of_thread.session = requests.Session()
            made.append(mine)
        return mine.get(url())

    try:
        yield Called(get, read)
    finally:
        for one in made:
            one.close()


@contextmanager
def pool_manager(ports: Ports) -> Iterator[Called]:
    """`urllib3.PoolManager.request`."""
    url = url_in_turn(ports)
    with urllib3.PoolManager() as made:
        yield Called(
            lambda: made.request("GET", url()), lambda r: answer(r.status, r.data, r.headers)
        )


def balancer(ports: Ports) -> PeakEwmaLB:
    """As a program has it, with its defaults."""
    return PeakEwmaLB(ListProvider(*[Host("127.0.0.1", port) for port in ports]))


def _own(what: str, open_it: Callable[[Ports], Any], most: float) -> Contender:
    return Contender("ahoyhoy", what, open_it, "yes", "yes", "yes", to_bare=Goal("≤", most))


CLIENT = _own("Client.get", client, 0.45)
#: this library's
OWN = (
    CLIENT,
    _own("ahoyhoy.Session.get", session, 0.48),
    _own("Client.get, add_session(…)", client_with_session, 1.08),
)
BARE = Contender("requests", "requests.Session.get", bare)
