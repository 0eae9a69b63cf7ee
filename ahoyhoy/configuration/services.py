"""The tables of services in the file that `AHOYHOY_CONFIG` names."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..exceptions import ConfigurationError
from .tomlfile import Document, read

#: The environment variable with the file's path.
VARIABLE = "AHOYHOY_CONFIG"


@dataclass(frozen=True)
class ServiceTable:
    """What the file says of one service.

    Args:
        name: of the service.
        values: its settings, as they stand there.
        document: the file.
    """

    name: str
    values: Mapping[str, Any]
    document: Document

    def origin(self, *keys: str) -> str:
        """`file:line` of a setting, or of the table."""
        line = self.document.line("services", self.name, *keys)
        return f"{self.document.path}:{line}"

    def wrong(self, text: str, *keys: str) -> ConfigurationError:
        """The error for a setting, or for the whole table: names file, line, table and key."""
        *tables, key = ("", *keys)
        table = ".".join(["services", _written(self.name), *tables[1:]])
        place = f"{self.origin(*keys)}: [{table}]"
        return ConfigurationError(f"{place} {key}: {text}" if key else f"{place}: {text}")

    def check_keys(self, known: Collection[str], values: Mapping[str, Any], *tables: str) -> None:
        """Raise ConfigurationError for the first key that is not known."""
        for key in values:
            if key not in known:
                raise self.wrong(f"is not known{_nearest(key, known)}", *tables, key)

    @property
    def target(self) -> str:
        """Where the hosts of the service are.

        Raises:
            ConfigurationError: when it does not say, or not in a string.
        """
        if "target" not in self.values:
            near = get_close_matches("target", self.values, 1)
            meant = f"; {near[0]} should perhaps be target" if near else ""
            raise self.wrong(f"target is missing: it says where the hosts are{meant}")
        target = self.values["target"]
        if not isinstance(target, str):
            raise self.wrong(f"is a string such as 'consul://users', not {target!r}", "target")
        return target

    @property
    def known_as(self) -> str:
        """What the service is called in URLs."""
        name = self.values.get("name", self.name)
        if not isinstance(name, str):
            raise self.wrong(f"is a string, not {name!r}", "name")
        return name


def document() -> Document:
    """The file that `AHOYHOY_CONFIG` names.

    Raises:
        ConfigurationError: when it is not set, the file cannot be read, or has another table.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        raise ConfigurationError(f"{VARIABLE} is not set: it names the TOML file with the services")
    try:
        found = read(path)
    except ConfigurationError as error:
        raise ConfigurationError(f"{VARIABLE}: {error}") from error.__cause__
    for key in found.content:
        if key != "services":
            raise ConfigurationError(
                f"{path}:{found.line(key)}: {key}: is not known; services, as in [services.users]?"
            )
    return found


def tables(found: Document) -> list[ServiceTable]:
    """All services of a file, in its order.

    Raises:
        ConfigurationError: for something that is no table.
    """
    services = found.content.get("services", {})
    if not isinstance(services, dict):
        line = found.line("services")
        raise ConfigurationError(f"{found.path}:{line}: services: is a table: [services.users]")
    made = []
    for name, values in services.items():
        if not isinstance(values, dict):
            line = found.line("services", name)
            raise ConfigurationError(
                f"{found.path}:{line}: [services] {name}: is a table: [services.{_written(name)}]"
            )
        made.append(ServiceTable(name, values, found))
    return made


def service(name: str) -> ServiceTable:
    """What the file says of a service.

    Raises:
        ConfigurationError: when there is no such file or service.
    """
    found = document()
    known = {table.name: table for table in tables(found)}
    if name not in known:
        has = _nearest(name, known) if known else "; it names no service"
        raise ConfigurationError(f"{found.path}: there is no [services.{_written(name)}]{has}")
    return known[name]


def _nearest(key: str, known: Collection[str]) -> str:
    # What is one word of a longer key is near to it: attempts, max_attempts.
    near = get_close_matches(key, known, 1) or [name for name in known if key in name]
    return f"; {near[0]} perhaps?" if near else f"; there are {', '.join(sorted(known))}"


def _written(name: str) -> str:
    bare = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
    return name if bare else f'"{name}"'
