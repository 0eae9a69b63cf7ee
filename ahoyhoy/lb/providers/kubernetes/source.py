"""Watching the endpoint slices of a service of Kubernetes."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

from ...._core import Clock
from ....exceptions import ProviderError
from ..known import RefusedError
from ..watching.registryhttp import Conversation
from ..watching.watch import Answers, Source, Watch
from .kubeconfig import Finder
from .slices import SliceReader

_GROUP = "/apis/discovery.k8s.io"
#: Best first.
_VERSIONS = ("v1", "v1beta1")
#: Seconds that a watch may last beyond what was asked for.
_SLACK = 5.0
#: Seconds from one watch to the next at least, when the server ends them sooner.
_SHORTEST = 1.0


class _GoneError(ProviderError):
    """What happened since that version is not known any more: the list is to be read anew."""


class KubernetesSource(Source):
    """The endpoint slices of one service.

    See https://kubernetes.io/docs/reference/using-api/api-concepts/ for list, watch and bookmarks.
    """

    def __init__(
        self,
        namespace: str,
        service: str,
        *,
        find: Finder,
        reading: Mapping[str, Any],
        wait: float,
        timeout: float,
        clock: Clock,
    ) -> None:
        port = reading["port"]
        self.name = f"k8s://{namespace}/{service}" + ("" if port is None else f":{port}")
        self._namespace = namespace
        self._service = service
        self._find = find
        self._reading = dict(reading)
        self._wait = wait
        self._timeout = timeout
        self._clock = clock

    def watch(self, watch: Watch) -> Answers:
        """Yield all hosts, then again after each event, and when the next watch has begun."""
        reader = SliceReader(self.name, **self._reading)
        try:
            access = self._find()
        except (ValueError, OSError) as error:
            raise RefusedError(str(error)) from error
        with access.registry(self._timeout) as registry, registry.open() as conversation:
            api = _Api(conversation, access.headers, self)
            while True:
                listed = self._clock()
                try:
                    slices, version = api.list_slices()
                    yield reader.read(slices)
                    while True:
                        begun = self._clock()
                        with closing(api.follow(version)) as events:
                            for kind, found in events:
                                version = found["metadata"]["resourceVersion"]
                                _apply(kind, found, slices)
                                yield reader.read(slices)
                        watch.wait(max(0.0, _SHORTEST - (self._clock() - begun)))
                        yield reader.read(slices)
                except _GoneError:
                    # At once, but for a server to which its own list is old already.
                    age = self._clock() - listed
                    watch.wait(_SHORTEST / 10 if age > _SHORTEST else _SHORTEST)

    # -- what is asked, and what answers mean ----------------------------------------------------

    def query(self, **more: Any) -> dict[str, Any]:
        """The slices of the service, and what else."""
        return {"labelSelector": f"kubernetes.io/service-name={self._service}", **more}

    def path(self, version: str) -> str:
        """The slices of the namespace."""
        return f"{_GROUP}/{version}/namespaces/{quote(self._namespace, safe='')}/endpointslices"

    @property
    def longest(self) -> tuple[int, float]:
        """Seconds for which a watch is asked for, and how long one that is silent is waited for."""
        whole = math.ceil(self._wait)
        return whole, whole + min(_SLACK, self._timeout)

    def explain(self, status: int, text: str) -> ProviderError:
        """What a status means."""
        if status == 401:
            return RefusedError(f"Kubernetes refuses the token or the certificate (401: {text})")
        if status == 403:
            wanted = f"a role that may list and watch endpointslices in {self._namespace!r}"
            return RefusedError(f"Kubernetes refuses (403: {text}): it takes {wanted}")
        if status == 410:
            return _GoneError(f"Kubernetes answered 410: {text}")
        if status < 500 and status != 429:
            return RefusedError(f"Kubernetes refuses the question ({status}: {text})")
        return ProviderError(f"Kubernetes answered {status}: {text}")


class _Api:
    """One conversation about one service."""

    def __init__(self, conversation: Conversation, headers: Any, source: KubernetesSource) -> None:
        self._conversation = conversation
        self._headers = headers
        self._source = source
        self._version = ""

    def list_slices(self) -> tuple[dict[str, Any], str]:
        """All slices by their names, and the version that they are of."""
        self._version = self._version or self._best_version()
        said = self._json(self._source.path(self._version), params=self._source.query())
        try:
            slices = {found["metadata"]["name"]: found for found in said["items"] or ()}
            return slices, said["metadata"]["resourceVersion"]
        except (KeyError, TypeError) as error:
            raise ProviderError(f"what answers is not Kubernetes: {error!r}") from error

    def follow(self, version: str) -> Generator[tuple[str, Any], None, None]:
        """What happens after that version, until the server ends the watch, as it was asked to."""
        seconds, longest = self._source.longest
        query = self._source.query(
            watch="1",
            resourceVersion=version,
            allowWatchBookmarks="true",
            timeoutSeconds=str(seconds),
        )
        path = self._source.path(self._version)
        response = self._ask(path, params=query, stream=True, read_timeout=longest)
        with closing(self._conversation.lines(response, longest)) as lines:
            for line in lines:
                said = self._conversation.parsed(line)
                if said["type"] == "ERROR":
                    found = said["object"]
                    raise self._source.explain(found.get("code", 500), found.get("message", ""))
                yield said["type"], said["object"]

    def _best_version(self) -> str:
        try:
            said = self._json(_GROUP)
        except RefusedError as error:
            if "(403:" in str(error):
                return _VERSIONS[0]  # who may not ask which there are may ask for slices
            raise
        try:
            offered = {each.get("version") for each in said.get("versions") or ()}
        except (AttributeError, TypeError) as error:
            raise ProviderError(f"what answers is not Kubernetes: {error!r}") from error
        for version in _VERSIONS:
            if version in offered:
                return version
        raise RefusedError("this Kubernetes has no endpoint slices: it must be 1.17 or later")

    def _ask(self, path: str, **options: Any) -> Any:
        return self._conversation.ask(
            "GET", path, headers=self._headers(), explain=self._source.explain, **options
        )

    def _json(self, path: str, **options: Any) -> Any:
        return self._conversation.json_of(self._ask(path, **options))


def _apply(kind: str, found: Any, slices: dict[str, Any]) -> None:
    if kind == "DELETED":
        slices.pop(found["metadata"]["name"], None)
    elif kind != "BOOKMARK":  # which only says which version has been reached
        slices[found["metadata"]["name"]] = found
