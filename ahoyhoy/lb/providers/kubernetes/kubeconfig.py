"""How to get at the API of a Kubernetes cluster: from within a pod, or by a kubeconfig."""

from __future__ import annotations

import atexit
import base64
import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias

from ..known import RefusedError
from ..optional import optional
from ..watching.registryhttp import Certificate, RegistryHttp, Verify
from ..watching.token import checked_token

#: What Kubernetes puts into each pod.
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Access:
    """Where the API is, and who asks."""

    address: str
    verify: Verify = True
    cert: Certificate = None
    token: str | None = field(default=None, repr=False)
    #: Paths of `ca`, `cert`, `key` and `token`. The token is read with each request: what is in
    #: that file is good for an hour.
    files: Mapping[str, str] = field(default_factory=dict)
    #: What the kubeconfig has in itself rather than in files.
    inline: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def headers(self) -> dict[str, str]:
        """What says who asks.

        Raises:
            RefusedError: when the token's file cannot be read, or holds none.
        """
        token = self.token
        if token is None and "token" in self.files:
            try:
                token = Path(self.files["token"]).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                raise RefusedError(f"the token cannot be read: {error}") from error
        if token is None:
            return {}
        try:
            return {"Authorization": f"Bearer {checked_token(token)}"}
        except ValueError as error:
            raise RefusedError(str(error)) from error

    @contextmanager
    def registry(self, timeout: float) -> Iterator[RegistryHttp]:
        """How to speak to the API, as long as the context lasts.

        Raises:
            RefusedError: when a file is not there.
        """
        with _written(self.inline) as written:
            paths = {**self.files, **written}
            cert = self.cert
            if "cert" in paths:
                cert = (paths["cert"], paths.get("key", paths["cert"]))
            verify = self.verify and paths.get("ca", self.verify)
            try:
                found = RegistryHttp(
                    "the Kubernetes API",
                    self.address,
                    port=443,
                    verify=verify,
                    cert=cert,
                    timeout=timeout,
                )
            except ValueError as error:
                raise RefusedError(str(error)) from error
            yield found


@contextmanager
def _written(inline: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """The paths of files with these contents, as long as the context lasts, or the process."""
    if not inline:
        yield {}
        return
    folder, owner = mkdtemp(prefix="ahoyhoy-"), os.getpid()  # for its owner alone

    def remove() -> None:
        if os.getpid() == owner:  # and not a forked child, at its exit
            shutil.rmtree(folder, ignore_errors=True)

    # The thread of a watch does not live to see the end of the process.
    atexit.register(remove)
    try:
        paths = {name: os.path.join(folder, name) for name in inline}
        for name, path in paths.items():
            Path(path).write_bytes(inline[name])
        yield paths
    finally:
        remove()
        atexit.unregister(remove)


#: Finds it, each time a watch begins: files change.
Finder: TypeAlias = Callable[[], Access]


def finder(kubeconfig: str | os.PathLike[str] | None, context: str | None) -> Finder:
    """How the cluster is found when no address is given.

    Raises:
        ValueError: there is no kubeconfig, and this is no pod.
        ImportError: it is YAML, and PyYAML is not installed.
    """
    if kubeconfig is None and context is None and os.environ.get("KUBERNETES_SERVICE_HOST"):
        return in_cluster
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    path = Path(kubeconfig or named or "~/.kube/config").expanduser()
    if not path.exists():
        raise ValueError(
            f"{os.fspath(path)!r}: there is no such kubeconfig, and this is no pod: give address="
        )
    found = functools.partial(of_kubeconfig, path, context)
    found()
    return found


def in_cluster() -> Access:
    """As the service account of the pod that this runs in."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{name}", "") for name in ("HOST", "PORT"))
    host = f"[{host}]" if ":" in host else host
    return Access(
        f"https://{host}:{port or 443}",
        files={"ca": str(SERVICE_ACCOUNT / "ca.crt"), "token": str(SERVICE_ACCOUNT / "token")},
    )


def of_kubeconfig(path: Path, context: str | None) -> Access:
    """As a kubeconfig says.

    Args:
        path: where it is.
        context: which of its contexts; None: its current one.

    Raises:
        ValueError: for what is no kubeconfig, or has a way of logging in that is not known here.
    """
    try:
        content = _parsed(path)
        chosen = context or content.get("current-context")
        names = _named(content, "contexts", "context", chosen)
        cluster = _named(content, "clusters", "cluster", names["cluster"])
        user = _named(content, "users", "user", names.get("user"))
        return _access(path.parent, cluster, user)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{os.fspath(path)!r} is no kubeconfig: {error!r}") from error
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)!r}: {error}") from error


def _parsed(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError:
        yaml = optional("yaml", "kubernetes")
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"it is neither JSON nor YAML: {error}") from error


def _named(content: Any, kind: str, inner: str, name: str | None) -> Any:
    if name is None and inner == "user":
        return {}
    for item in content[kind] or ():
        if item["name"] == name:
            return item[inner] or {}
    raise ValueError(f"it has no {inner} {name!r}")


_PATHS = {
    "certificate-authority": "ca",
    "client-certificate": "cert",
    "client-key": "key",
    "tokenFile": "token",
}
_KNOWN = {"token", "tokenFile", "client-certificate", "client-certificate-data"}


def _access(folder: Path, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Access:
    if user and not _KNOWN & set(user):
        other = ", ".join(sorted(user))
        raise ValueError(f"only tokens and certificates are known, not {other}: give address=")
    said = {**user, **cluster}
    return Access(
        cluster["server"],
        verify=not cluster.get("insecure-skip-tls-verify", False),
        token=user.get("token"),
        # A path is beside the file that names it.
        files={name: os.fspath(folder / said[key]) for key, name in _PATHS.items() if key in said},
        inline={
            name: base64.b64decode(said[f"{key}-data"])
            for key, name in _PATHS.items()
            if f"{key}-data" in said
        },
    )
