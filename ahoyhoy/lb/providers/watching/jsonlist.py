"""A long JSON list, item by item."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_BEGINNING = re.compile(r"\s*\[\s*")
_BETWEEN = re.compile(r"\s*(,\s*(?!\])|\](?=\s*\Z))")
_EMPTY = re.compile(r"\s*\[\s*\]\s*\Z")


def items_of(content: bytes) -> Iterator[Any]:
    """The items of a list, read one at a time.

    A list of thousands read at once would keep every other thread waiting for a tenth of a second,
    and have the garbage collector look through all of it.

    Raises:
        ValueError: where it is no list, or no JSON.
    """
    text = content.decode()
    if _EMPTY.match(text):
        return
    read = json.JSONDecoder().raw_decode
    found = _BEGINNING.match(text)
    if found is None:
        raise ValueError("no list")
    while True:
        item, end = read(text, found.end())
        yield item
        found = _BETWEEN.match(text, end)
        if found is None:
            raise ValueError(f"no comma at character {end}")
        if found[1] == "]":
            return
