"""Hosts from Kubernetes."""

from __future__ import annotations

import functools
import os
import random
import time

from ...._core import Clock
from ....utils.host import Host
from ....utils.instance import Instance
from ..cached import seconds
from ..watching.registryhttp import Certificate, RegistryHttp, Verify
from ..watching.token import checked_token
from ..watching.watchedprovider import WatchedProvider
from .kubeconfig import Access, finder
from .source import KubernetesSource


class KubernetesProvider(WatchedProvider):
    """The endpoints of a service in Kubernetes that are ready; each change is seen at once.

    Reads the endpoint slices: the pods themselves, not the service's one address. An endpoint that
    is shutting down is used only while no other is left. Hosts come sorted by address; their zones
    are those of the slices. Within a pod it asks as its service account, elsewhere as the
    kubeconfig says (`$KUBECONFIG`, or `~/.kube/config`); a role must allow it to `list` and `watch`
    `endpointslices` of `discovery.k8s.io`. A kubeconfig in YAML needs PyYAML:
    `pip install "ahoyhoy[kubernetes]"`.

    Args:
        namespace: of the service.
        service: its name.
        port: the port, by number or by name; may be left out where there is one only.
        zone: one's own zone: where the slices have hints for zones, only endpoints that are meant
            for it are used. Default: hints are not followed.
        scheme: `"http"` or `"https"`; default https for a port that is called so, or whose
            `appProtocol` is.
        kubeconfig: another file.
        context: another than the kubeconfig's current context.
        address: instead, the API, as `"https://host:port"`, with `token`, `verify` and `cert`.
        token: the bearer token.
        verify: False for no verification of the API's certificate, or a PEM file or directory to
            verify it with.
        cert: the certificate to show to the API: a PEM file, or `(certificate, key)`.
        wait: seconds for which a watch is asked for. It is noticed after a little more than this
            that the API has fallen silent. Default 20.
        timeout: seconds for the first `get_list`, to wait for an answer, and, by equal shares of
            it, to connect to each address. Default 10.
        empty_grace, clock, rng: see `WatchedProvider`.

    Raises:
        ValueError: for an argument that cannot be, or where no cluster is known.
        ImportError: the kubeconfig is YAML, and PyYAML is not installed.
        ProviderError: from the first `get_list`: the API cannot be reached; the token or the
            certificate is refused; there is no such service or port, or no endpoint is ready.
    """

    def __init__(
        self,
        namespace: str,
        service: str,
        port: int | str | None = None,
        *,
        zone: str | None = None,
        scheme: str | None = None,
        kubeconfig: str | os.PathLike[str] | None = None,
        context: str | None = None,
        address: str | None = None,
        token: str | None = None,
        verify: Verify = True,
        cert: Certificate = None,
        wait: float = 20.0,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        for name, value in (("namespace", namespace), ("service", service)):
            if not isinstance(value, str) or not value:
                raise ValueError(f"{name} is a name such as 'users', not {value!r}")
        Instance(Host("127.0.0.1", 1), scheme=scheme)  # its checks, now, not at an answer
        if address is None:
            if token is not None or verify is not True or cert is not None:
                raise ValueError("token=, verify= and cert= go with address=")
            find = finder(kubeconfig, context)
        else:
            if kubeconfig is not None or context is not None:
                raise ValueError("give address=, or kubeconfig= and context=")
            RegistryHttp("Kubernetes", address, port=443, verify=verify, cert=cert)  # its checks
            given = None if token is None else checked_token(token)
            find = functools.partial(Access, address, verify, cert, given)
        source = KubernetesSource(
            namespace,
            service,
            find=find,
            reading={"port": port, "scheme": scheme, "zone": zone},
            wait=seconds("wait", wait),
            timeout=seconds("timeout", timeout),
            clock=clock,
        )
        options = {"timeout": timeout, "empty_grace": empty_grace}
        self._scheme = scheme  # for whoever asks how the hosts are spoken to
        super().__init__(source, clock=clock, rng=rng, **options)
