"""Registering in ZooKeeper."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..lb.providers.cached import seconds
from ..lb.providers.known import RefusedError
from ..lb.providers.optional import optional
from ..lb.providers.watching.records import record_of
from ..lb.providers.watching.registryhttp import Addresses, Certificate, Verify
from ..lb.providers.watching.watch import Watch
from ..lb.providers.zookeeper.settings import servers, tls_options
from .registry import Entry, Place, Registry

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..lb.providers.zookeeper.session import Session


class ZooKeeperRegistry(Registry):
    """An ephemeral node of ZooKeeper: `/services/users/10.0.0.1:8080`.

    It is there while the check of a `Registration` passes; after a crash, until the session is
    over, which is the TTL within what the server allows. Its content is the JSON that
    `ZooKeeperProvider("/services/users")` reads. Needs kazoo: `pip install "ahoyhoy[zookeeper]"`.

    Args:
        address: a server, as `"host:port"`; or several, one of which is used. Default
            `"127.0.0.1:2181"`.
        path: the node above those of the services. Default `"/services"`.
        user, password: who may write there (scheme `digest`), where the nodes' lists say so.
        tls: True for TLS to the servers.
        verify: False for no verification of their certificates, or a PEM file to verify them with.
            Default True: by the usual authorities.
        cert: the certificate to show to them: a PEM file, or `(certificate, key)`.
        timeout: seconds to connect, and to wait for an answer. Default 5.

    Raises:
        ImportError: kazoo is not installed.
        ValueError: for an argument that cannot be.
    """

    def __init__(
        self,
        address: Addresses = "127.0.0.1:2181",
        *,
        path: str = "/services",
        user: str | None = None,
        password: str | None = None,
        tls: bool = False,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 5.0,
    ) -> None:
        if not isinstance(path, str) or not path.strip("/"):
            raise ValueError(f"path is that of a node, as '/services', not {path!r}")
        if (user is None) is not (password is None):
            raise ValueError("give both user= and password=, or neither")
        optional("kazoo.client", "zookeeper")
        self._path = "/" + path.strip("/")
        self._timeout = seconds("timeout", timeout)
        self._hosts = servers(address)
        self._options: dict[str, Any] = tls_options(verify, cert) if tls else {}
        if user is not None:
            self._options["auth_data"] = [("digest", f"{user}:{password}")]
        self.name = f"zk://{self._hosts}{self._path}"

    def place(self, entry: Entry, watch: Watch) -> Place:
        """See `Registry`."""
        return _Place(
            f"{self._path}/{entry.service}/{entry.where}",
            entry,
            watch,
            hosts=self._hosts,
            timeout=self._timeout,
            options={"timeout": entry.ttl, **self._options},
        )


class _Place(Place):
    def __init__(
        self,
        path: str,
        entry: Entry,
        watch: Watch,
        *,
        hosts: str,
        timeout: float,
        options: Mapping[str, Any],
    ) -> None:
        self._path = path
        self._record = record_of(entry.instance)
        self._watch = watch
        self._settings = {"timeout": timeout, "hosts": hosts, "options": options}
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        #: the session that made the node
        self._owner: int | None = None

    def __enter__(self) -> Self:
        # Not with the package: kazoo is an optional library.
        from ..lb.providers.zookeeper.session import Session  # noqa: PLC0415

        session: Session = Session(self._watch, **self._settings)  # type: ignore[arg-type]
        self._session = session.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.__exit__()

    def keep(self, sick: str | None) -> None:
        """Make the node if there is none, or one of a session that is not this one's."""
        if sick is not None:
            self.leave()
            return
        found = self._found()
        mine = self._session.client.client_id[0]
        if found is not None and self._owner != mine:
            # Of a process that crashed, or of this one, by a connection that is lost.
            self._delete()
            found = None
        if found is None:
            client = self._session.client
            asked = client.create_async(self._path, self._record, ephemeral=True, makepath=True)
            self._result(asked)
            self._owner = mine

    def leave(self) -> None:
        """Delete the node, unless it is another process's."""
        found = self._found()
        if found is not None and found.ephemeralOwner == self._owner:
            self._delete()

    def wait(self, seconds: float) -> None:
        """Block for so long, or until the connection is lost, which is an error."""
        self._session.wait(seconds, self._news)

    def _found(self) -> Any:
        return self._result(self._session.client.exists_async(self._path))

    def _delete(self) -> None:
        with suppress(_errors().NoNodeError):
            self._result(self._session.client.delete_async(self._path))

    def _result(self, asked: Any) -> Any:
        try:
            return self._session.result(asked)
        except _errors().NoAuthError as error:
            wanted = "user= and password= must be those of one who may"
            raise RefusedError(f"ZooKeeper refuses to write {self._path!r}: {wanted}") from error


def _errors() -> Any:
    return optional("kazoo.exceptions", "zookeeper")
