"""Where ZooKeeper is and how to connect, as kazoo takes it."""

from __future__ import annotations

from ....utils.host import Host
from ....utils.instance import checked_host, netloc
from ..hostport import split_host_port
from ..watching.registryhttp import Addresses, Certificate, Verify, existing


def servers(address: Addresses) -> str:
    """The servers, between commas.

    Args:
        address: one as `"host:port"`, or several.

    Raises:
        ValueError: for one that cannot be, or none.
    """
    given = [address] if isinstance(address, str) else list(address)
    if not given:
        raise ValueError("address of ZooKeeper: give one 'host:port', or several")
    return ",".join(map(_server, given))


def tls_options(verify: Verify, cert: Certificate) -> dict[str, object]:
    """The options of kazoo's client for TLS.

    Raises:
        ValueError: for a file that is not there.
    """
    options: dict[str, object] = {
        "use_ssl": True,
        "verify_certs": verify is not False,
        "check_hostname": verify is not False,
    }
    if not isinstance(verify, bool):
        options["ca"] = existing("verify", verify)
    if cert is not None:
        certificate, key = (cert, cert) if isinstance(cert, str) else cert
        options |= {"certfile": existing("cert", certificate), "keyfile": existing("cert", key)}
    return options


def _server(text: str) -> str:
    if "@" in text:
        # Not repeated: it may hold a password.
        raise ValueError("an address of ZooKeeper is 'host:port': give user= and password=")
    address, port = split_host_port(text)
    return netloc(checked_host(Host(address, int(port or 2181))))
