"""Every setting in effect, and where it comes from: the environment, the configuration, or a default."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies

from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from ..calling.firsthost import VARIABLE as DISABLE
from ..calling.firsthost import is_balancing_off
from ..configuration import VARIABLE as CONFIG
from ..configuration import ServiceTable
from ..http import fast
from ..lb.providers.targets.registered import masked
from ..lb.providers.targets.schemes import BUILT_IN
from ..lb.providers.targets.target import service_of
from ..session.configured import in_effect

DEFAULT = "default"

_ENV = re.compile("env:([a-z_][a-z0-9_]*)", re.IGNORECASE)
_SECRET = re.compile(r"[?&](\w+)_env=(\w+)")

#: What requests takes a bundle of authorities from; the first that is set counts.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_NETRCS = ("~/.netrc", "~/_netrc")

#: What None stands for where it is not just nothing.
_UNSET = {"retry_methods": "idempotent ones", "retry_statuses": "5xx and 429"}


class Setting(NamedTuple):
    """A setting, its value in a person's words, and where it comes from."""

    name: str
    value: str
    origin: str


def environment() -> list[Setting]:
    """What counts for every service and for requests beside them; no secrets in it."""
    variables = os.environ
    off = is_balancing_off()
    return [
        _variable("configuration", CONFIG),
        Setting("balancing", "off" if off else "on", DISABLE if off else DEFAULT),
        Setting(
            "fast path",
            "on" if fast.ENABLED else "off",
            "AHOYHOY_FAST" if "AHOYHOY_FAST" in variables else DEFAULT,
        ),
        *_proxies(),
        Setting("authorities", authorities(), bundle_variable() or DEFAULT),
        _netrc(),
    ]


def authorities() -> str:
    """The file or folder that certificates are verified with, as requests chooses it."""
    variable = bundle_variable()
    return os.environ[variable] if variable else DEFAULT_CA_BUNDLE_PATH


def bundle_variable() -> str | None:
    """The environment variable that names this file; None: it is that of requests itself."""
    return next((name for name in _BUNDLES if os.environ.get(name)), None)


def of_service(table: ServiceTable) -> list[Setting]:
    """The settings of a service in the configuration.

    Raises:
        ConfigurationError: for what cannot be.
    """
    return [
        Setting(key, shown(key, value), _short(origin)) for key, value, origin in in_effect(table)
    ]


def shown(key: str, value: Any) -> str:
    """A value as TOML has it; what is a secret in a target is masked."""
    if key == "target":
        return without_secrets(str(value))
    if value is None:
        return _UNSET.get(key, "none")
    if isinstance(value, range):
        return f"{value.start} to {value.stop - 1}"
    return value if isinstance(value, str) else json.dumps(value)


def without_secrets(target: str) -> str:
    """A target that may be shown."""
    before, _, query = target.partition("?")
    scheme = before.partition("://")[0].lower().rpartition("+")[2]
    # The library's own have no secrets, or are refused.
    secret = "@" in before or "#" in target or "token=" in query or "password=" in query
    return masked(target, target) if secret or scheme not in (*BUILT_IN, "lb", target) else target


def lines(settings: Sequence[Setting], *, origins: bool, indent: str = "") -> Iterator[str]:
    """The settings as a table of text, the values last: they may be long."""
    name = max((len(setting.name) for setting in settings), default=0)
    origin = max((len(setting.origin) for setting in settings), default=0)
    for setting in settings:
        middle = f"{setting.origin:{origin}}  " if origins else ""
        before = f"{indent}{setting.name:{name}}  {middle}"
        yield wrapped(setting.value, before, " " * len(before))


def wrapped(text: str, first: str, others: str) -> str:
    """A text behind something, on lines that fit the terminal; on one where there is none."""
    if not text or not sys.stdout.isatty():
        return f"{first}{text}".rstrip()
    return textwrap.fill(
        text,
        shutil.get_terminal_size().columns,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def of_target(target: str, origin: str) -> Iterator[Setting]:
    """A target, what it leads to where it is a variable's name, and which secrets it names."""
    for text, variable in _followed(target):
        yield Setting("target", without_secrets(text), variable or origin)
    for name, variable in _SECRET.findall(text):
        yield Setting(name, "***", variable)


def masked_in(text: str, target: str) -> str:
    """A text without what may be secret in a target, or in what that leads to."""
    table = service_of(target)
    for one, _ in (*_followed(target), *(_followed(table.target) if table else ())):
        text = masked(text, one)
    return text


def _followed(target: str) -> Iterator[tuple[str, str | None]]:
    """A target and, where it is a variable's name, what that holds, and so on: each with the name."""
    yield target, None
    while match := _ENV.fullmatch(target):
        target = os.environ[match[1]].strip()
        yield target, match[1]


def _variable(name: str, variable: str) -> Setting:
    value = os.environ.get(variable)
    return Setting(name, value or "none", variable if value else DEFAULT)


def _proxies() -> Iterator[Setting]:
    known = getproxies()
    for scheme in ("http", "https", "all"):
        proxy = known.get(scheme)
        if proxy or scheme != "all":
            origin = _spelling(f"{scheme}_proxy") if proxy else DEFAULT
            yield Setting(f"{scheme} proxy", _bare(proxy) if proxy else "none", origin)
    if known.get("no"):
        yield Setting("no proxy for", known["no"], _spelling("no_proxy"))


def _spelling(variable: str) -> str:
    for name in (variable, variable.upper()):
        if os.environ.get(name):
            return name
    return "system"


def _bare(proxy: str) -> str:
    """A proxy without user and password."""
    return masked(proxy, proxy) if "@" in proxy else proxy


def _netrc() -> Setting:
    named = os.environ.get("NETRC")
    found = [path for path in ([named] if named else _NETRCS) if Path(path).expanduser().exists()]
    return Setting("netrc", found[0] if found else "none", "NETRC" if named else DEFAULT)


def _short(origin: str) -> str:
    path, colon, line = origin.rpartition(":")
    if not colon:
        return origin
    near = os.path.relpath(path)
    return f"{near if len(near) < len(path) else path}:{line}"


def proxy_for(url: str) -> Setting | None:
    """The proxy that requests would use for a URL; None: none."""
    proxies, scheme = get_environ_proxies(url), urlsplit(url).scheme
    for kind in (scheme, "all"):
        if proxies.get(kind):
            return Setting("proxy", _bare(proxies[kind]), _spelling(f"{kind}_proxy"))
    return None
