"""Watching a service of Consul by blocking queries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from ...._core import Clock
from ....exceptions import ProviderError
from ..known import RefusedError
from ..watching.registryhttp import Conversation, RegistryHttp
from ..watching.watch import Answers, NoHosts, Source, Watch
from .health import HealthReader

#: Seconds between two queries at least: a service may change all the time.
_SHORTEST = 0.1
#: The same while there is no index, and an answer comes at once.
_WITHOUT_INDEX = 1.0
#: Seconds that an answer may take beside the wait that was asked for.
_SLACK = 5.0


class ConsulSource(Source):
    """The instances of one service.

    See https://developer.hashicorp.com/consul/api-docs/features/blocking for the rules of the index.
    """

    def __init__(
        self,
        service: str,
        registry: RegistryHttp,
        *,
        filters: Mapping[str, str],
        scheme: str | None,
        wait: float,
        clock: Clock,
    ) -> None:
        self.name = f"consul://{service}"
        self._service = service
        self._registry = registry
        self._filters = dict(filters)
        self._scheme = scheme
        self._wait = wait
        self._clock = clock

    def watch(self, watch: Watch) -> Answers:
        """Yield the instances each time a query returns."""
        reader = HealthReader(self.name, self._scheme)
        index, base = 0, ""
        with self._registry.open() as agent:
            while True:
                asked = self._clock()
                response = self._ask(agent, index)
                found = reader.read(agent.items_of(response), sort="near" not in self._filters)
                yield found or NoHosts(self._why_empty(agent))
                index = _next_index(response, index if agent.base == base else 0)
                base = agent.base
                shortest = _SHORTEST if index else _WITHOUT_INDEX
                watch.wait(max(0.0, shortest - (self._clock() - asked)))

    def _ask(self, agent: Conversation, index: int) -> requests.Response:
        params: dict[str, Any] = dict(self._filters)
        longest = None
        if index:
            params.update(index=index, wait=f"{math.ceil(self._wait * 1000)}ms")
            # Consul adds up to a sixteenth, so that not all answers come at once.
            longest = self._wait * 17 / 16 + min(_SLACK, self._registry.timeout)
        path = f"/v1/health/service/{quote(self._service, safe='')}"
        return agent.ask(
            "GET",
            path,
            params=params,
            read_timeout=longest,
            elsewhere=self._filters,  # at once: an index is one agent's
            explain=self._explain,
        )

    def _explain(self, status: int, text: str) -> ProviderError:
        if status in (401, 403):
            wanted = f"token= must be one with service:read on {self._service!r} and node:read"
            return RefusedError(f"Consul refuses the token ({status}: {text}): {wanted}")
        if "No path to datacenter" in text:
            known = "datacenter= must be one that this agent knows"
            return RefusedError(f"Consul knows no datacenter {self._filters.get('dc')!r}: {known}")
        if status < 500 and status != 429:
            return RefusedError(f"Consul refuses the query ({status}: {text})")
        return ProviderError(f"Consul answered {status}: {text}")

    def _why_empty(self, agent: Conversation) -> str:
        """What is wrong, when there are no instances: one more question, which may be refused too."""
        params = {"dc": self._filters["dc"]} if "dc" in self._filters else {}
        try:
            services = agent.ask_json("GET", "/v1/catalog/services", params=params)
        except ProviderError as error:
            return f"no instances of {self._service!r}, and why is not known: {error}"
        # Every Consul has the service `consul`: who does not see it sees none.
        if not services:
            return (
                f"the token may see no services at all: it needs service:read on {self._service!r}"
            )
        if self._service not in services:
            return f"Consul knows no service {self._service!r}, or the token may not see it"
        tag = self._filters.get("tag")
        if tag is not None and tag not in services[self._service]:
            return f"no instance of {self._service!r} has the tag {tag!r}"
        return f"no instance of {self._service!r} passes its checks"


def _next_index(response: requests.Response, last: int) -> int:
    """Of the next query; 0, at which it does not block, when it went back or cannot be."""
    try:
        index = int(response.headers.get("X-Consul-Index", "0"))
    except ValueError:
        return 0
    return index if index >= max(last, 1) else 0
