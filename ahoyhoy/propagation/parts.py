"""The parts of an answer's body, each made on the terms of its request.

A body is often made while it is sent, after the function that answers has returned. Between two
parts the terms do not hold: the same thread may do something else there, or never come back.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, TypeVar

from .admission import Terms

T = TypeVar("T")
_END: Any = object()


class PartsOnTerms(Iterator[T]):
    """The parts of an iterable, and its `close()` where it has one."""

    def __init__(self, parts: Iterable[T], terms: Terms) -> None:
        self._parts = parts
        self._terms = terms
        self._iterator: Iterator[T] | None = None

    def __next__(self) -> T:
        """The next part."""
        with self._terms.applied():
            if self._iterator is None:
                self._iterator = iter(self._parts)
            part = next(self._iterator, _END)
        if part is _END:
            raise StopIteration
        return part

    def close(self) -> None:
        """Nobody wants more parts."""
        close: Any = getattr(self._parts, "close", None)
        if close is not None:
            with self._terms.applied():
                close()


async def async_parts_on_terms(parts: AsyncIterable[T], terms: Terms) -> AsyncIterator[T]:
    """The parts of an asynchronous iterable."""
    iterator = aiter(parts)
    while True:
        with terms.applied():
            part = await anext(iterator, _END)
        if part is _END:
            return
        yield part
