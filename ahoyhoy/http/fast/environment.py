"""What the environment says about a request: a proxy, a netrc file, a bundle of CAs.

requests reads all of it for each request. Here only what matters is looked at, and that on each
call: nothing is remembered past a change. What is remembered is which names there are. A dict keeps
the order of insertion and Python makes a new object of each name that is set, so as long as the
newest name is the same object, no other name came. That one went, its value says. Only `os.environb`
keeps the objects that it is given, perhaps the same ones again: then there are more than before.
"""

from __future__ import annotations

import functools
import os
import urllib.request
from collections.abc import Mapping
from operator import is_
from typing import Any, NamedTuple

import requests.utils

_utils: Any = requests.utils

#: Elsewhere (macOS, Windows) proxies and homes are also asked of the system.
_IS_ALL = (
    os.name == "posix"
    and urllib.request.getproxies is getattr(urllib.request, "getproxies_environment", None)
    and _utils.getproxies is urllib.request.getproxies
)
_MAX_ORIGINS = 4096

# As stat would answer, also where a program runs with the rights of another user.
_EFFECTIVE = os.access in os.supports_effective_ids


class _Names(NamedTuple):
    """The names of an environment.

    Args:
        variables: the environment they are the names of.
        newest: the latest ones, back to one that is not a single character: of each such there is
            but one object.
        proxies: the ones that decide about proxies.
        size: how many there are.
    """

    variables: Mapping[bytes, bytes]
    newest: tuple[bytes, ...]
    proxies: tuple[bytes, ...]
    size: int


class _Proxies(NamedTuple):
    """What an environment says about proxies.

    Args:
        names: of the environment.
        values: of the names that decide about proxies, as they were.
        proxies: what requests makes of them.
        bypassed: whether there is no proxy for an origin, as far as it was asked.
    """

    names: _Names
    values: list[bytes | None]
    proxies: dict[str, str]
    bypassed: dict[str, bool]


_NOTHING = _Names({}, (), (), 0)


class Environment:
    """The environment, as far as requests asks it.

    Threading: any thread may ask; a change by another thread is seen by the next question.
    """

    __slots__ = ("_names", "_proxies")

    def __init__(self) -> None:
        # Each is replaced as a whole; threads that do so at once replace it by the same.
        self._names = _NOTHING
        self._proxies = _Proxies(_NOTHING, [], {}, {})

    def may_have_auth(self) -> bool:
        """Whether there may be a netrc file, or that cannot be told; asks the file system."""
        variables = _variables()
        if variables is None or b"NETRC" in variables:
            return True
        home = variables.get(b"HOME")
        if home is None:
            return True
        for path in _netrc_paths(home, _utils.NETRC_FILES):
            if os.access(path, os.F_OK, effective_ids=_EFFECTIVE):
                return True
        return False

    def ca_bundle(self) -> str | None:
        """The bundle of CAs that it names, as requests understands it; None or empty: none."""
        variables = _variables()
        if variables is None:
            return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        path = variables.get(b"REQUESTS_CA_BUNDLE") or variables.get(b"CURL_CA_BUNDLE")
        return os.fsdecode(path) if path else None

    def proxies_for(self, url: str) -> Mapping[str, str]:
        """The proxies for a URL, not to be changed; as requests' `get_environ_proxies` has them."""
        variables = _variables()
        if variables is not None:
            try:
                said = self._said(variables)
            except RuntimeError:  # another thread sets variables right now
                said = None
            if said is not None:
                if not said.proxies or self._is_bypassed(url, said):
                    return {}
                return said.proxies
        proxies: dict[str, str] = _utils.get_environ_proxies(url, no_proxy=None)
        return proxies

    def _said(self, variables: dict[bytes, bytes]) -> _Proxies | None:
        """What is said now; None: it changes right now."""
        names = self._names_of(variables)
        values = list(map(variables.get, names.proxies))
        said = self._proxies
        if said.names is names and said.values == values:
            return said
        proxies = _utils.getproxies()
        if not _is_now(variables, names, values):
            return None
        self._proxies = said = _Proxies(names, values, proxies, {})
        return said

    def _is_bypassed(self, url: str, said: _Proxies) -> bool:
        # Of a URL, requests looks at the host and the port.
        origin = "/".join(url.split("/", 3)[:3])
        bypassed = said.bypassed.get(origin)
        if bypassed is None:
            bypassed = bool(_utils.should_bypass_proxies(url, no_proxy=None))
            variables = _variables()
            if variables is not None and _is_now(variables, said.names, said.values):
                if len(said.bypassed) >= _MAX_ORIGINS:
                    said.bypassed.clear()
                said.bypassed[origin] = bypassed
        return bypassed

    def _names_of(self, variables: dict[bytes, bytes]) -> _Names:
        names = self._names
        if _has_names(variables, names):
            return names
        listed = list(variables)
        newest = []
        for name in reversed(listed):
            newest.append(name)
            if len(name) > 1:
                break
        proxies = tuple(filter(_is_about_proxies, listed))
        self._names = names = _Names(variables, tuple(newest), proxies, len(listed))
        return names


def _is_about_proxies(name: bytes) -> bool:
    text = os.fsdecode(name)
    # In a CGI script, HTTP_PROXY is a header of the request that it answers.
    return text.lower().endswith("_proxy") or text == "REQUEST_METHOD"


def _has_names(variables: dict[bytes, bytes], names: _Names) -> bool:
    return (
        names.variables is variables
        and len(variables) == names.size
        and all(map(is_, reversed(variables), names.newest))
    )


def _is_now(variables: dict[bytes, bytes], names: _Names, values: list[bytes | None]) -> bool:
    """Whether nothing changed since, so that what was concluded may be remembered."""
    return _has_names(variables, names) and list(map(variables.get, names.proxies)) == values


def _variables() -> dict[bytes, bytes] | None:
    """What `os.environ` reads, unless somebody put another thing in its place."""
    environ: Any = os.environ
    if not _IS_ALL or type(environ) is not os._Environ:
        return None
    variables = getattr(environ, "_data", None)
    return variables if type(variables) is dict else None


@functools.lru_cache(maxsize=8)
def _netrc_paths(home: bytes, names: tuple[str, ...]) -> tuple[bytes, ...]:
    # As expanduser has it, but for slashes too many.
    return tuple(home + b"/" + os.fsencode(name) for name in names)


#: Of this process.
ENVIRONMENT = Environment()
