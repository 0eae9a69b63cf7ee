"""The records of many nodes of ZooKeeper, and watches of them: with few requests, or one by one.

Kazoo asks for each node by itself, and its bookkeeping for one question takes longer than reading
five records. ZooKeeper has requests for many nodes at once, which kazoo does not know: they are
written down here, and need two private parts of its client, `_call` and `_data_watchers`. Nothing
else may touch those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from kazoo.exceptions import EXCEPTIONS, KazooException
from kazoo.protocol.serialization import (
    GetData,
    MultiHeader,
    int_struct,
    long_struct,
    multiheader_struct,
    read_buffer,
    stat_struct,
    write_string,
)

if TYPE_CHECKING:
    from .session import Session

#: What is in a node, or why that cannot be told. That a node has nothing in it, which is less than
#: an empty text to ZooKeeper, is the same here.
Found: TypeAlias = "bytes | KazooException"
Tell: TypeAlias = Callable[[Any], None]
#: Of nodes, by their paths and in their order. Each is watched from before it is read.
Read: TypeAlias = "Callable[[Session, Sequence[str], Tell], Iterator[Found]]"

#: Bytes of paths in one request. A server takes 1 MB (its jute.maxbuffer), and has other clients
#: to serve.
_MOST = 256 * 1024

_ONE = bytes(MultiHeader(GetData.type, False, -1).serialize())
_NO_WATCH = b"\0"  # one would not be heeded
_END = bytes(MultiHeader(-1, True, -1).serialize())
_ERROR = -1
# Of the last change that was seen: events are wanted for later ones alone, as the rest is read.
_LATEST: bytes = long_struct.pack(2**63 - 1)
_NONE: bytes = int_struct.pack(0)


@dataclass(frozen=True)
class SetWatches:
    """Watches of the content of nodes; of one that is not there, the server tells at once.

    Made for a client that has lost its connection, so every server has it.
    """

    type: ClassVar[int] = 101
    paths: Collection[bytes]

    def serialize(self) -> bytes:
        """As it is sent; of its three lists, only the first has something in it."""
        count = int_struct.pack(len(self.paths))
        return b"".join((_LATEST, count, *self.paths, _NONE, _NONE))

    @classmethod
    def deserialize(cls, _answer: bytes, _offset: int) -> None:
        """The answer is empty."""


@dataclass(frozen=True)
class MultiRead:
    """What is in nodes. Servers have it from 3.6 on."""

    type: ClassVar[int] = 22
    paths: Collection[bytes]

    def serialize(self) -> bytes:
        """As it is sent: a `GetData` for each."""
        return _ONE + (_NO_WATCH + _ONE).join(self.paths) + _NO_WATCH + _END

    @classmethod
    def deserialize(cls, answer: bytes, offset: int) -> list[Found]:
        """Each with its own error: one does not fail the others."""
        found: list[Found] = []
        while True:
            kind, done, _ = multiheader_struct.unpack_from(answer, offset)
            offset += multiheader_struct.size
            if done:
                return found
            if kind == _ERROR:
                (code,) = int_struct.unpack_from(answer, offset)
                offset += int_struct.size
                found.append(EXCEPTIONS[code]())
            else:
                content, offset = read_buffer(answer, offset)
                offset += stat_struct.size
                found.append(content or b"")


def together(session: Session, paths: Sequence[str], tell: Tell) -> Iterator[Found]:
    """Thousands at once.

    Watches are set first: what changes after that is told, and what changed before is read.
    Read first, it would have to be known what the server had seen by then.

    Raises:
        UnimplementedError: by a server before 3.6, which then ends the connection.
    """
    for portion in _portions(paths):
        for path in portion:
            # Kazoo's thread takes it out again at the event.
            session.client._data_watchers[path].add(tell)
        # One after the other: that a server does not know a request it says before it answers
        # earlier ones, which kazoo does not survive; and if more is sent then, it is not heard.
        session.result(_asked(session, SetWatches(portion.values())))
        yield from session.result(_asked(session, MultiRead(portion.values())))


def one_by_one(session: Session, paths: Sequence[str], tell: Tell) -> Iterator[Found]:
    """As every server can. All are asked for before the first answer is waited for."""
    for asked in [session.client.get_async(path, watch=tell) for path in paths]:
        try:
            yield session.result(asked)[0] or b""
        except KazooException as error:
            yield error


def _asked(session: Session, request: SetWatches | MultiRead) -> Any:
    result = session.client.handler.async_result()
    session.client._call(request, result)
    return result


def _portions(paths: Sequence[str]) -> Iterator[dict[str, bytes]]:
    """As many as fit into a request at a time, as they are and as they are sent."""
    portion: dict[str, bytes] = {}
    size = 0
    for path in paths:
        sent = write_string(path)
        needed = len(_ONE) + len(sent) + len(_NO_WATCH)
        if portion and size + needed > _MOST:
            yield portion
            portion, size = {}, 0
        portion[path] = sent
        size += needed
    if portion:
        yield portion
