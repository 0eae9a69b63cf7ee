"""Whether a request's body can be sent once more, and making it so.

A file that was sent stands at its end; sent again as it is, it would go out empty. An iterator
that was sent is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: Where `requests` takes the body as its first argument after the URL.
_BODY_FIRST = ("post", "put", "patch")
#: The keyword arguments that something can be in that moves while it is read.
_MOVING = frozenset({"data", "files", "params"})


class Body:
    """The parts of a body that move while they are read, and where they stood before the call.

    Args:
        positions: seekable streams, each with where it stood.
        once: streams that can be read only once.
        survives_unsent: whether it is whole after an attempt that never connected. `requests`
            reads `files=` and `params=` before it connects, and `data=` after.
    """

    __slots__ = ("_once", "_positions", "survives_unsent")

    def __init__(
        self,
        positions: tuple[tuple[Any, int], ...] = (),
        once: tuple[Any, ...] = (),
        *,
        survives_unsent: bool = True,
    ) -> None:
        self._positions = positions
        self._once = once
        self.survives_unsent = survives_unsent

    @classmethod
    def of(cls, verb: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Body:
        """The body of a call, from the arguments `requests` would get."""
        if not args and _MOVING.isdisjoint(options):
            return _STILL
        data = options.get("data")
        files = options.get("files")
        if args and verb in _BODY_FIRST:
            data = args[0]
        params = options.get("params")
        if not (_moves(data) or files or _values(params) or _values(data)):
            return _STILL
        positions: list[tuple[Any, int]] = []
        once: list[Any] = []
        for stream in _streams(data, files, params):
            position = _position(stream)
            if position is not None:
                positions.append((stream, position))
            elif isinstance(stream, Iterator) or hasattr(stream, "read"):
                once.append(stream)
        early = any(stream is not data for stream in once)
        return cls(tuple(positions), tuple(once), survives_unsent=not early)

    @property
    def replayable(self) -> bool:
        """Whether it can be sent again after it was read."""
        return not self._once

    @property
    def is_still(self) -> bool:
        """Whether nothing moves while it is read: two requests may read it at the same time."""
        return not self._once and not self._positions

    def rewind(self) -> None:
        """Put every stream back to where it stood before the call."""
        for stream, position in self._positions:
            stream.seek(position)


_STILL = Body()


def _streams(data: Any, files: Any, params: Any) -> Iterator[Any]:
    if _moves(data):
        yield data
    yield from _values(params)
    yield from _values(data)
    if isinstance(files, Iterator):
        yield files  # to look into it would use it up
        return
    entries: Iterable[Any] = files.items() if isinstance(files, Mapping) else files or ()
    for _, entry in entries:
        content = entry[1] if isinstance(entry, (tuple, list)) else entry
        if hasattr(content, "read"):
            yield content


def _values(fields: Any) -> list[Any]:
    """The iterators among, or instead of, the fields of `params=` or a form."""
    if isinstance(fields, Mapping):
        return [value for value in fields.values() if isinstance(value, Iterator)]
    if isinstance(fields, (list, tuple)):
        pairs = (pair for pair in fields if isinstance(pair, (list, tuple)) and len(pair) == 2)
        return [value for _, value in pairs if isinstance(value, Iterator)]
    return [fields] if isinstance(fields, Iterator) and not hasattr(fields, "read") else []


def _position(stream: Any) -> int | None:
    """Where a seekable stream stands; None for one that cannot be put back."""
    try:
        position: int = stream.tell()
        seekable = getattr(stream, "seekable", None)
    except (AttributeError, OSError):
        return None
    return position if seekable is None or seekable() else None


def _moves(data: Any) -> bool:
    if data is None or isinstance(data, (str, bytes, bytearray, Mapping, list, tuple)):
        return False
    return hasattr(data, "read") or isinstance(data, Iterable)
