"""Sources of hosts: a fixed list, a file, DNS addresses, DNS SRV records; some of them, or near ones first."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .iprovider import IProvider
from .listprovider import ListProvider

if TYPE_CHECKING:
    from .cached import CachedProvider, Fetched
    from .dnsprovider import DnsProvider
    from .fileprovider import FileProvider
    from .srvprovider import SrvProvider
    from .subsetprovider import SubsetProvider
    from .target import provider_of
    from .zoneprovider import ZoneProvider

# Imported when first asked for: a client with a fixed list never pays for dnspython.
_MODULE_OF = {
    "CachedProvider": "cached",
    "DnsProvider": "dnsprovider",
    "Fetched": "cached",
    "FileProvider": "fileprovider",
    "SrvProvider": "srvprovider",
    "SubsetProvider": "subsetprovider",
    "ZoneProvider": "zoneprovider",
    "provider_of": "target",
}

__all__ = (
    "CachedProvider",
    "DnsProvider",
    "Fetched",
    "FileProvider",
    "IProvider",
    "ListProvider",
    "SrvProvider",
    "SubsetProvider",
    "ZoneProvider",
    "provider_of",
)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
