"""Which proxies a service's requests go through: only those that somebody gave them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from requests.auth import _basic_auth_str
from requests.utils import get_auth_from_url, get_environ_proxies


class Chosen(NamedTuple):
    """Proxies that somebody gave, and the environment's, which count for hosts of the world outside."""

    given: Mapping[str, str]
    environment: Mapping[str, str]

    def is_for_them(self, credentials: Any) -> bool:
        """Whether a `Proxy-Authorization` is for one of the environment's."""
        return credentials in {
            _basic_auth_str(*get_auth_from_url(proxy)) for proxy in self.environment.values()
        }


def chosen(url: str, proxies: Mapping[str, str] | None) -> Chosen:
    """The proxies of a request, and among them those the environment names for its URL.

    `requests` has mixed them; what equals the environment's own answer is the environment's.
    """
    if not proxies:
        return _NONE
    environment = get_environ_proxies(url, no_proxy=proxies.get("no_proxy"))
    theirs = {
        scheme: proxy
        for scheme, proxy in proxies.items()
        if proxy and proxy in (environment.get(scheme), environment.get("all"))
    }
    return Chosen({s: proxy for s, proxy in proxies.items() if s not in theirs}, theirs)


_NONE = Chosen({}, {})
