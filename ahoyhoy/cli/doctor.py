"""`ahoyhoy doctor`: whether the hosts of a service can be used, and what is wrong where not."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
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
from ..lb.providers.watching.registryhttp import RegistryHttp
from ..session import Session
from ..session.exchange import names_for
from ..utils import Instance
from ..utils.instance import as_instance
from . import settings
from .examination import Examination, Examined
from .exits import Exit
from .findings import Findings, show
from .settings import Setting

_MAX_THREADS = 32


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
        found.wrong.append(f"There are no hosts: {str(error).rstrip('.')}.")
        found.wrong.extend(_of_proxies(provider))
        return Exit.NO_HOST
    finally:
        provider.close()
    found.elapsed = time.monotonic() - began
    if not instances:
        found.wrong.append("There are no hosts: the source has an empty list.")
    found.hosts = _examined(arguments, instances)
    found.wrong += [sentence for host in found.hosts for sentence in host.wrong]
    if not any(host.usable for host in found.hosts):
        reached = any(host.connected for host in found.hosts)
        return Exit.REQUEST_ERROR if reached else Exit.NO_HOST
    return Exit.HTTP_ERROR if found.wrong else Exit.OK


def _examined(arguments: argparse.Namespace, instances: list[Instance]) -> list[Examined]:
    chosen = settings.authorities()
    authorities = chosen if Path(chosen).exists() else DEFAULT_CA_BUNDLE_PATH
    examination = Examination(arguments.timeout, authorities, time.monotonic)
    with Session(arguments.target) as session, ThreadPoolExecutor(_MAX_THREADS) as threads:
        place, adapter = session._services.find(f"{session._services.base}/") or (None, None)
        assert place is not None and adapter is not None  # noqa: S101, PT018 - a target was given
        names = [names_for(i, place.origin, adapter.service.naming) for i in instances]
        looks = [
            threads.submit(examination.of, i, tls=n.scheme == "https", server=n.server)
            for i, n in zip(instances, names, strict=True)
        ]
        return [look.result() for look in looks]


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
        proxy = settings.proxy_for(base)
        through = f" through {proxy.value}" if proxy else ""
        yield Setting("registry", f"{base}{through}", proxy.origin if proxy else "target")


def _of_proxies(provider: IProvider) -> Iterator[str]:
    for base in _bases(provider):
        proxy = settings.proxy_for(base)
        if proxy:
            yield (
                f"{base} is asked through the proxy {proxy.value} ({proxy.origin}): if that is not"
                f" meant, put {urlsplit(base).hostname} into NO_PROXY."
            )


def _bases(provider: IProvider) -> tuple[str, ...]:
    """The addresses of a registry that is asked by HTTP."""
    while isinstance(provider, DerivedProvider):
        provider = provider._provider
    registry = getattr(getattr(provider, "_source", None), "_registry", None)
    return registry.bases if isinstance(registry, RegistryHttp) else ()


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
        )
    authorities = settings.authorities()
    if not Path(authorities).exists():
        yield (
            f"{settings.bundle_variable()} names {authorities}, and there is no such file:"
            " each https request fails."
        )


def _version(library: ModuleType) -> str:
    """The version of what is imported, whatever is said to be installed."""
    return str(vars(library)["__version__"])
