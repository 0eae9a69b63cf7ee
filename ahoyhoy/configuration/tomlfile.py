"""A TOML file, and on which line each of its keys stands."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A TOML file that was read.

    Args:
        path: where it is, as it was given.
        text: what is in it.
        content: what that means.
    """

    path: str
    text: str
    content: Mapping[str, Any]

    def line(self, *keys: str) -> int:
        """On which line a table begins, or a key is given; 1 for what stands nowhere."""
        return self._lines.get(keys, 1)

    @functools.cached_property
    def _lines(self) -> dict[Keys, int]:
        # The parser tells of no lines. What is read of one statement alone is what it says.
        found: dict[Keys, int] = {}
        table: Keys = ()
        for number, statement in _statements(self.text):
            content = _toml().loads(statement)
            is_header = statement.lstrip().startswith("[")
            if is_header:
                table = ()
            for keys in _keys(content):
                found.setdefault(table + keys, number)
                last = keys
            if is_header:
                table = last
        return found


def read(path: str) -> Document:
    """Read a TOML file.

    Raises:
        ConfigurationError: when it cannot be read, or is no TOML; names the file and the line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: it is no UTF-8: {error}") from error
    toml = _toml()
    try:
        return Document(path, text, toml.loads(text))
    except (toml.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from error


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The number of its first line, and the text, of each statement."""
    toml = _toml()
    begun: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        begun.append(line)
        statement = "\n".join(begun)
        try:
            toml.loads(statement)
        except toml.TOMLDecodeError:
            continue  # a string or list that goes on
        yield number - len(begun) + 1, statement
        begun = []


def _keys(content: Any) -> Iterator[Keys]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield (key,)
            yield from ((key, *keys) for keys in _keys(value))


def _toml() -> Any:
    # Not at import: few have a configuration.
    try:
        return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ImportError as error:
        raise ImportError("tomli is needed: pip install 'ahoyhoy[config]'") from error
