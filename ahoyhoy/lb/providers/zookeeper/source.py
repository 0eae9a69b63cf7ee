"""Watching the children of a node of ZooKeeper."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..watching.records import Records
from ..watching.watch import Answer, Answers, NoHosts, Source, Watch

if TYPE_CHECKING:
    from .bulk import Read


class ZooKeeperSource(Source):
    """The records that are the children of one node."""

    def __init__(
        self,
        path: str,
        *,
        hosts: str,
        session_timeout: float,
        timeout: float,
        auth: list[tuple[str, str]],
        tls: Mapping[str, Any],
    ) -> None:
        self.name = f"zk:/{path}"
        self._path = path
        self._hosts = hosts
        self._session_timeout = session_timeout
        self._timeout = timeout
        self._auth = auth
        self._tls = dict(tls)
        #: whether the server is believed to know how to read many nodes with one request
        self._together = True

    def watch(self, watch: Watch) -> Answers:
        """Yield all hosts, then again after each event, and as often as the session is confirmed."""
        # Not with the package: kazoo is an optional library.
        from kazoo.exceptions import UnimplementedError  # noqa: PLC0415

        from .bulk import one_by_one, together  # noqa: PLC0415

        if self._together:
            with suppress(UnimplementedError):
                yield from self._watched(watch, together)
            # A server before 3.6, with whom the session has ended as well.
            self._together = False
        yield from self._watched(watch, one_by_one)

    def _watched(self, watch: Watch, reading: Read) -> Answers:
        from .session import Children, Session  # noqa: PLC0415

        records = Records(self.name)
        options = {"timeout": self._session_timeout, "auth_data": self._auth, **self._tls}
        with Session(watch, self._timeout, hosts=self._hosts, options=options) as session:
            children = Children(session, self._path, self.name, reading)
            while True:
                yield self._answer(records, children.read())
                session.wait(self._session_timeout, children.news)

    def _answer(self, records: Records, entries: Mapping[str, bytes] | None) -> Answer:
        if entries is None:
            return NoHosts(f"ZooKeeper has no node {self._path!r}")
        if not entries:
            return NoHosts(f"the node {self._path!r} has no children that may be read")
        found = records.read((f"{self._path}/{name}", entries[name]) for name in entries)
        why = f"none of the {len(entries)} children of {self._path!r} is a host in service"
        return found or NoHosts(why)
