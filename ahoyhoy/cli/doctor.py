"""`ahoyhoy doctor`: whether the hosts of a service can be used, and what is wrong where not."""

from __future__ import annotations

import argparse
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from types import ModuleType
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ..calling.firsthost import VARIABLE as DISABLE
from ..calling.firsthost import is_balancing_off
from ..configuration import ServiceTable
from ..exceptions import AhoyhoyLbException
from ..lb.providers.derivedprovider import DerivedProvider
from ..lb.providers.iprovider import IProvider
from ..lb.providers.targets.target import provider_of, service_of
from ..lb.providers.watching.address import is_of_this_machine
from ..lb.providers.watching.registryhttp import RegistryHttp
from ..session import Session
from ..session.exchange import names_for
from ..utils import Instance
from ..utils.instance import as_instance
from . import settings
from .examination import Examination, Examined, context_of
from .exits import Exit
from .findings import Findings, show
from .settings import Setting

_MAX_THREADS = 32

#: Hosts that a sentence names; all of them are in the table above it.
_NAMED = 3


def doctor(arguments: argparse.Namespace) -> int:
    """Look at everything between this process and the hosts, and say what is wrong."""
    provider = provider_of(arguments.target)
    found = Findings(
        settings=list(_settings(arguments.target, provider)),
        wrong=[*_of_libraries(), *_of_environment()],
    )
    code = _look_at_hosts(provider, arguments, found)
    show(found, as_json=arguments.json)
    return code


def _look_at_hosts(provider: IProvider, arguments: argparse.Namespace, found: Findings) -> Exit:
    began = time.monotonic()
    try:
        instances = [as_instance(host) for host in provider.get_list()]
    except AhoyhoyLbException as error:
        found.wrong.append(f"There are no hosts: {_sentence(str(error))}")
        found.wrong.extend(_of_proxies(provider))
        return Exit.NO_HOST
    except Exception as error:  # what somebody else's source raises
        told = settings.masked_in(f"{type(error).__name__}: {error}", arguments.target)
        whose = f"{type(provider).__module__}.{type(provider).__qualname__}"
        found.wrong.append(f"There are no hosts: {whose} raised {_sentence(told)}")
        return Exit.NO_HOST
    finally:
        provider.close()
    found.elapsed = time.monotonic() - began
    if not instances:
        found.wrong.append(f"There are no hosts: {_sentence(_why_none(provider))}")
    found.hosts = _examined(arguments, instances)
    found.wrong += _of_hosts(found.hosts)
    if not any(host.usable for host in found.hosts):
        reached = any(host.connected for host in found.hosts)
        return Exit.REQUEST_ERROR if reached else Exit.NO_HOST
    return Exit.HTTP_ERROR if found.wrong else Exit.OK


def _examined(arguments: argparse.Namespace, instances: list[Instance]) -> list[Examined]:
    authorities = DEFAULT_CA_BUNDLE_PATH if _unreadable() else settings.authorities()
    examination = Examination(arguments.timeout, authorities, time.monotonic)
    with Session(arguments.target) as session, ThreadPoolExecutor(_MAX_THREADS) as threads:
        place, adapter = session._services.find(f"{session._services.base}/") or (None, None)
        assert place is not None and adapter is not None  # noqa: S101, PT018 - a target was given
        names = [names_for(i, place.origin, adapter.service.naming) for i in instances]
        return list(threads.map(examination.of, instances, names))


def _of_hosts(hosts: list[Examined]) -> Iterator[str]:
    """Each sentence once, with the hosts of which it is true."""
    found: dict[str, list[str]] = {}
    for host in hosts:
        for sentence in host.wrong:
            found.setdefault(sentence, []).append(host.host)
    for sentence, named in found.items():
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        yield f"{', '.join(named[:_NAMED])}{more}: {sentence}"


def _sentence(text: str) -> str:
    return text if text.endswith(("?", ".")) else f"{text}."


def _settings(target: str, provider: IProvider) -> Iterator[Setting]:
    yield from settings.of_target(target, "command line")
    table = service_of(target)
    if table is not None:
        yield from _of_service(table)
    yield from _of_registry(provider)
    around = settings.environment()
    yield from around
    if any(s.name.endswith(" proxy") and s.value != "none" for s in around):
        yield Setting("proxy for the hosts", "none: proxies are for other URLs", settings.DEFAULT)
    ours = f"ahoyhoy {metadata.version('ahoyhoy')}, requests {_version(requests)}"
    yield Setting("versions", f"{ours}, urllib3 {_version(urllib3)}", "installed")


def _of_service(table: ServiceTable) -> Iterator[Setting]:
    for name, value, origin in settings.of_service(table):
        if name == "target":
            for setting in settings.of_target(table.target, origin):
                yield setting._replace(name=f"  {setting.name}")
        elif origin != settings.DEFAULT:
            yield Setting(f"  {name}", value, origin)


def _of_registry(provider: IProvider) -> Iterator[Setting]:
    for base in _bases(provider):
        proxy = _proxy_for(base)
        through = f" through {proxy.value}" if proxy else ""
        yield Setting("registry", f"{base}{through}", proxy.origin if proxy else "target")


def _of_proxies(provider: IProvider) -> Iterator[str]:
    for base in _bases(provider):
        proxy = _proxy_for(base)
        if proxy:
            yield (
                f"{base} is asked through the proxy {proxy.value} ({proxy.origin}): if that is not"
                f" meant, put {urlsplit(base).hostname} into NO_PROXY."
            )


def _proxy_for(base: str) -> Setting | None:
    """The proxy that a registry is asked through: one of this machine is asked without."""
    return None if is_of_this_machine(base) else settings.proxy_for(base)


def _bases(provider: IProvider) -> tuple[str, ...]:
    """The addresses of a registry that is asked by HTTP."""
    registry = getattr(getattr(_innermost(provider), "_source", None), "_registry", None)
    return registry.bases if isinstance(registry, RegistryHttp) else ()


def _why_none(provider: IProvider) -> str:
    """Why there are no hosts, though the source answered."""
    error = getattr(getattr(_innermost(provider), "_known", None), "error", None)
    return str(error or "the source has an empty list")


def _innermost(provider: IProvider) -> IProvider:
    while isinstance(provider, DerivedProvider):
        provider = provider._provider
    return provider


def _of_libraries() -> Iterator[str]:
    try:
        other = metadata.version("urllib3-future")
    except metadata.PackageNotFoundError:
        return
    if _version(urllib3) == other:
        yield (
            f"urllib3-future {other} has written itself over urllib3, and requests is not made for"
            " it: pip uninstall urllib3-future niquests, then"
            " pip install --force-reinstall urllib3."
        )


def _of_environment() -> Iterator[str]:
    if is_balancing_off():
        yield (
            f"{DISABLE} is set: each call goes to the first host, once, whether that works or not."
            " Unset it."
        )
    why = _unreadable()
    if why:
        yield (
            f"{settings.bundle_variable()} names {settings.authorities()}, {why}: each https"
            " request fails. Name a PEM file there, or unset it."
        )


def _unreadable() -> str | None:
    """Why nothing can be verified with the authorities that the environment names."""
    if settings.bundle_variable() is None:
        return None
    try:
        context_of(settings.authorities())
    except FileNotFoundError:
        return "and there is no such file"
    except ssl.SSLError:
        return "and there is no certificate in it"
    except OSError as error:
        return f"which cannot be read ({error.strerror})"
    return None


def _version(library: ModuleType) -> str:
    """The version of what is imported, whatever is said to be installed."""
    return str(vars(library)["__version__"])
