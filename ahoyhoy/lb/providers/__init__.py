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
    from .consul.consulprovider import ConsulProvider
    from .dns.dnsprovider import DnsProvider
    from .dns.srvprovider import SrvProvider
    from .etcd.etcdprovider import EtcdProvider
    from .eureka.eurekaprovider import EurekaProvider
    from .fileprovider import FileProvider
    from .known import RefusedError
    from .kubernetes.kubernetesprovider import KubernetesProvider
    from .mergeprovider import MergeProvider
    from .redis.redisprovider import RedisProvider
    from .subsetprovider import SubsetProvider
    from .targets.target import provider_of
    from .watching.watch import NoHosts, Source, Watch
    from .watching.watchedprovider import WatchedProvider
    from .zoneprovider import ZoneProvider
    from .zookeeper.zookeeperprovider import ZooKeeperProvider

# Imported when first asked for: a client with a fixed list never pays for dnspython.
_MODULE_OF = {
    "CachedProvider": "cached",
    "CallableProvider": "callableprovider",
    "ChainProvider": "chainprovider",
    "ConsulProvider": "consul.consulprovider",
    "DnsProvider": "dns.dnsprovider",
    "EtcdProvider": "etcd.etcdprovider",
    "EurekaProvider": "eureka.eurekaprovider",
    "Fetched": "cached",
    "FileProvider": "fileprovider",
    "KubernetesProvider": "kubernetes.kubernetesprovider",
    "MergeProvider": "mergeprovider",
    "NoHosts": "watching.watch",
    "RedisProvider": "redis.redisprovider",
    "RefusedError": "known",
    "Source": "watching.watch",
    "SrvProvider": "dns.srvprovider",
    "SubsetProvider": "subsetprovider",
    "Watch": "watching.watch",
    "WatchedProvider": "watching.watchedprovider",
    "ZoneProvider": "zoneprovider",
    "ZooKeeperProvider": "zookeeper.zookeeperprovider",
    "provider_of": "targets.target",
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
