"""What a registry is to hold, and what has it hold that."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..lb.providers.watching.registryhttp import Conversation, RegistryHttp
from ..lb.providers.watching.watch import Watch
from ..utils import Host, Instance
from ..utils.instance import netloc

if TYPE_CHECKING:
    from typing_extensions import Self

_PLAIN = Instance(Host("127.0.0.1", 1))


@dataclass(frozen=True)
class Entry:
    """What is registered.

    Args:
        service: the service's name.
        instance: where it is reached; its host has a port.
        ttl: seconds after which the registry is to drop it, or hold it for dead, unless renewed.
        mark: tells this registration from others of the same host, before it or after it.
    """

    service: str
    instance: Instance
    ttl: float
    mark: str

    @property
    def where(self) -> str:
        """Address and port, as a URL spells them."""
        return netloc(self.instance.host)

    @property
    def port(self) -> int:
        """The host's port."""
        return int(self.instance.host.port)

    def refuse(self, registry: str, *names: str) -> None:
        """Raise ValueError if the instance says something that the registry has no place for.

        Args:
            registry: how the error calls it.
            names: of what it has no place for.
        """
        for name in names:
            if getattr(self.instance, name) != getattr(_PLAIN, name):
                raise ValueError(
                    f"{registry} has no place for the {name} of an instance: leave it out"
                )


class Registry(abc.ABC):
    """Where a `Registration` registers. Settings alone: no connection, no lock.

    For a registry of your own, write one of these, and a `Place`.
    """

    #: How logs call it, best as a URL without password or token: `consul://127.0.0.1:8500`.
    name: str

    @abc.abstractmethod
    def place(self, entry: Entry, watch: Watch) -> Place:
        """What has the registry hold this entry. Does no I/O.

        Args:
            entry: what is registered.
            watch: what `Place.wait` waits with.

        Raises:
            ValueError: for an entry that this registry cannot hold.
        """


class Place(abc.ABC):
    """Has a registry hold one entry. A context: connected while entered, and entered again after errors.

    What it raises is logged and tried again; best a `ProviderError`, or a `RefusedError` for what
    will not pass by itself.

    Threading: for one thread.
    """

    @abc.abstractmethod
    def __enter__(self) -> Self:
        """Connect."""

    @abc.abstractmethod
    def __exit__(self, *_: object) -> None:
        """Disconnect."""

    @abc.abstractmethod
    def keep(self, sick: str | None) -> None:
        """Register, or renew that; also after the registry lost it. Called several times per TTL.

        Args:
            sick: why it must not be used; None: it is well.
        """

    @abc.abstractmethod
    def leave(self) -> None:
        """Take the entry out, if it is there and this registration's."""

    @abc.abstractmethod
    def wait(self, seconds: float) -> None:
        """Block for so long, or less: until something happens."""


class HttpPlace(Place):
    """What the registries have in common that speak HTTP."""

    def __init__(self, http: RegistryHttp, watch: Watch) -> None:
        self._http = http
        self._watch = watch

    def __enter__(self) -> Self:
        #: with the registry, while entered
        self.conversation: Conversation = self._http.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.conversation.close()

    def wait(self, seconds: float) -> None:
        """Block for so long, or until woken."""
        self._watch.wait(seconds)
