"""The environment variables of the run: requests reads them all, at every call."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

#: as many as a process in a container has, whoever runs this
VARIABLES = 30

_KEPT = ("HOME", "LANG", "PATH")
#: what switches parts of this library off
_OWN = "AHOYHOY_"


@contextmanager
def usual() -> Iterator[None]:
    """As many variables as usual, and none of a proxy or a certificate of this machine."""
    before = dict(os.environ)
    kept = {name: value for name, value in before.items() if name in _KEPT or name.startswith(_OWN)}
    os.environ.clear()
    os.environ.update(kept | numbered("SOME_VARIABLE", VARIABLES - len(kept)))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def with_more(variables: Mapping[str, str]) -> Iterator[None]:
    """These, too."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


def numbered(name: str, count: int) -> dict[str, str]:
    """So many variables."""
    return {f"{name}_{number}": "its value" for number in range(count)}
