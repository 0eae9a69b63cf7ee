"""One session with ZooKeeper: ends with its connection, and waits as the watch of a source does."""

from __future__ import annotations

import logging
import queue
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import (
    AuthFailedError,
    ConnectionClosedError,
    ConnectionLoss,
    NoAuthError,
    NoNodeError,
    SessionExpiredError,
)
from kazoo.handlers.threading import SequentialThreadingHandler
from kazoo.protocol.serialization import Auth
from kazoo.retry import KazooRetry

from ....exceptions import ProviderError
from ..known import RefusedError
from ..watching.unreachable import unreachable
from ..watching.watch import Watch

if TYPE_CHECKING:
    from .bulk import Read

logger = logging.getLogger("ahoyhoy.discovery")

_LOST = (AuthFailedError, ConnectionClosedError, ConnectionLoss, SessionExpiredError)


class Session:
    """A context: connected on entry, closed on exit.

    It is not taken up again when its connection is lost: whoever watches begins anew.

    Args:
        watch: what its waits are part of.
        timeout: seconds to connect, and to wait for an answer.
        hosts: the servers.
        options: of the client of kazoo.

    Threading: for the watching thread. Kazoo has three of its own, which only wake that one.
    """

    def __init__(
        self, watch: Watch, timeout: float, *, hosts: str, options: Mapping[str, Any]
    ) -> None:
        self._watch = watch
        self._timeout = timeout
        self._where = f"ZooKeeper at {hosts}"
        self._threads = _Threads(watch)
        self.client = KazooClient(
            hosts,
            handler=self._threads,
            connection_retry=KazooRetry(max_tries=1),
            logger=_Murmur(logging.getLogger("kazoo.client"), {}),
            **options,
        )
        self.client.add_listener(lambda _state: watch.wake())

    def __enter__(self) -> Session:
        self.client.start_async()
        try:
            while self.client.state != KazooState.CONNECTED:
                if self._threads.ended:
                    raise self._lost()
                if not self._watch.wait(self._timeout):
                    raise ProviderError(f"{self._where} does not answer within {self._timeout:g} s")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop()
        self.client.close()

    def wait(self, seconds: float, news: queue.SimpleQueue[str]) -> None:
        """Until there are news, or something else happens, for so many seconds at most.

        Raises:
            ProviderError: when the connection was lost.
        """
        # What woke somebody else's wait, for a result, is not told again.
        if news.empty() and self.client.state == KazooState.CONNECTED:
            self._watch.wait(seconds)
        if self.client.state != KazooState.CONNECTED:
            raise self._lost()

    def wake(self) -> None:
        """Have `wait` return."""
        self._watch.wake()

    def result(self, asked: Any) -> Any:
        """What an asynchronous call of the client results in.

        Raises:
            ProviderError: when it does not.
            KazooException: what else the server answered.
        """
        asked.rawlink(lambda _: self._watch.wake())
        while not asked.ready():
            if not self._watch.wait(self._timeout):
                raise ProviderError(f"{self._where} does not answer within {self._timeout:g} s")
        try:
            return asked.get(block=False)
        except _LOST:
            raise self._lost() from None

    def _lost(self) -> ProviderError:
        error, self._threads.failure = self._threads.failure, None
        if error is not None:
            # Its traceback would keep a socket that kazoo forgot to close.
            return unreachable(self._where, error.with_traceback(None))
        return ProviderError(f"the connection to {self._where} was lost")


class Children:
    """The records that are the children of one node.

    Args:
        session: where they are read.
        path: of the node.
        name: of the source, for warnings.
        reading: how they are read, see `bulk`.
    """

    def __init__(self, session: Session, path: str, name: str, reading: Read) -> None:
        self._session = session
        self._client = session.client
        self._path = path
        self._name = name
        self._reading = reading
        self._entries: dict[str, bytes] = {}
        self._refused: set[str] = set()
        #: paths of nodes that changed: from another thread
        self.news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.news.put(path)

    def read(self) -> dict[str, bytes] | None:
        """All records by the names of their nodes, after a look at what changed; None: no such node.

        Raises:
            RefusedError: the node may not be read.
            ProviderError: the connection was lost.
        """
        changed = self._changed()
        listed = set(self._entries)
        if self._path in changed:
            found = self._list()
            listed = found or set()
            self._entries = {name: self._entries[name] for name in listed & self._entries.keys()}
            self._refused &= listed
            if found is None:
                return None
        # One that was gone when it was to be read may be another of that name by now.
        unread = listed - self._entries.keys()
        unread |= {path.rpartition("/")[2] for path in changed} & self._entries.keys()
        self._read_records(list(unread))
        return self._entries

    def _changed(self) -> set[str]:
        changed = set()
        with suppress(queue.Empty):
            while True:
                changed.add(self.news.get_nowait())
        return changed

    def _list(self) -> set[str] | None:
        try:
            asked = self._client.get_children_async(self._path, watch=self._tell)
            return set(self._session.result(asked))
        except NoNodeError:
            # It may have been made meanwhile: then the list is asked for once more.
            if self._session.result(self._client.exists_async(self._path, watch=self._tell)):
                self.news.put(self._path)
            return None
        except NoAuthError as error:
            wanted = "user= and password= must be those of one who may"
            raise RefusedError(f"ZooKeeper refuses to list {self._path!r}: {wanted}") from error

    def _read_records(self, names: list[str]) -> None:
        paths = [f"{self._path}/{name}" for name in names]
        records = self._reading(self._session, paths, self._tell)
        for name, record in zip(names, records, strict=True):
            if isinstance(record, bytes):
                self._entries[name] = record
                self._refused.discard(name)
                continue
            self._entries.pop(name, None)
            if isinstance(record, NoAuthError):
                self._refuse(name)
            elif not isinstance(record, NoNodeError):
                raise record

    def _refuse(self, name: str) -> None:
        # It is tried again with each list, but told once.
        if name not in self._refused:
            logger.warning("%s: left out: %r may not be read", self._name, f"{self._path}/{name}")
        self._refused.add(name)

    def _tell(self, event: Any) -> None:
        if event.path:
            self.news.put(event.path)
        self._session.wake()


class _Threads(SequentialThreadingHandler):  # type: ignore[misc]
    """The threads of kazoo: tells when its connection has ended for good, and why."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self.ended = False
        self.failure: Exception | None = None

    def spawn(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        def run() -> None:
            try:
                func(*args, **kwargs)
            finally:
                self.ended = True
                self._watch.wake()

        return super().spawn(run)

    def create_connection(self, *args: Any, **kwargs: Any) -> Any:
        try:
            connection = super().create_connection(*args, **kwargs)
        except Exception as error:
            self.failure = error
            raise
        self.failure = None
        return connection


class _Murmur(logging.LoggerAdapter):  # type: ignore[type-arg]  # has none in Python 3.10
    """Kazoo warns of each attempt; what is worth a warning is told by whoever watches.

    What it says to log in, password and all, is not told at all.
    """

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        if not any(isinstance(arg, Auth) for arg in args):
            super().log(min(level, logging.DEBUG), msg, *args, **kwargs)
