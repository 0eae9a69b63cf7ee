"""Sources of hosts: lists, files, functions, DNS, registries; several as one, some of one, near ones first."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .iprovider import IProvider
from .listprovider import ListProvider

if TYPE_CHECKING:
    from .cached import CachedProvider, Fetched
    from .callableprovider import CallableProvider
    from .chainprovider import ChainProvider
    from .consulprovider import ConsulProvider
    from .dnsprovider import DnsProvider
    from .etcdprovider import EtcdProvider
    from .eurekaprovider import EurekaProvider
    from .fileprovider import FileProvider
    from .known import RefusedError
    from .kubernetesprovider import KubernetesProvider
    from .mergeprovider import MergeProvider
    from .redisprovider import RedisProvider
    from .srvprovider import SrvProvider
    from .subsetprovider import SubsetProvider
    from .target import provider_of
    from .watch import NoHosts, Source, Watch
    from .watched import WatchedProvider
    from .zoneprovider import ZoneProvider
    from .zookeeperprovider import ZooKeeperProvider

# Imported when first asked for: a client with a fixed list never pays for dnspython.
_MODULE_OF = {
    "CachedProvider": "cached",
    "CallableProvider": "callableprovider",
    "ChainProvider": "chainprovider",
    "ConsulProvider": "consulprovider",
    "DnsProvider": "dnsprovider",
    "EtcdProvider": "etcdprovider",
    "EurekaProvider": "eurekaprovider",
    "Fetched": "cached",
    "FileProvider": "fileprovider",
    "KubernetesProvider": "kubernetesprovider",
    "MergeProvider": "mergeprovider",
    "NoHosts": "watch",
    "RedisProvider": "redisprovider",
    "RefusedError": "known",
    "Source": "watch",
    "SrvProvider": "srvprovider",
    "SubsetProvider": "subsetprovider",
    "Watch": "watch",
    "WatchedProvider": "watched",
    "ZoneProvider": "zoneprovider",
    "ZooKeeperProvider": "zookeeperprovider",
    "provider_of": "target",
}

__all__ = (
    "CachedProvider",
    "CallableProvider",
    "ChainProvider",
    "ConsulProvider",
    "DnsProvider",
    "EtcdProvider",
    "EurekaProvider",
    "Fetched",
    "FileProvider",
    "IProvider",
    "KubernetesProvider",
    "ListProvider",
    "MergeProvider",
    "NoHosts",
    "RedisProvider",
    "RefusedError",
    "Source",
    "SrvProvider",
    "SubsetProvider",
    "Watch",
    "WatchedProvider",
    "ZoneProvider",
    "ZooKeeperProvider",
    "provider_of",
)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
