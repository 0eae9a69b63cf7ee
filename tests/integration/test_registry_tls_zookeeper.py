"""TLS to a real ZooKeeper, as URLs say it: of targets, and of what registers."""

import contextlib

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import provider_of
from ahoyhoy.lb.providers.known import RefusedError
from ahoyhoy.registration import Registration, registry_of
from integration.registries import ports
from integration.server_process import until
from integration.zookeeper_server import ZooKeeper

SETTINGS = """\
secureClientPort={port}
secureClientPortAddress=127.0.0.1
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
ssl.keyStore.location={keys}
ssl.keyStore.type=PEM
ssl.clientAuth=none
"""
#: What Netty needs besides, of the same Debian packages.
JARS = ["netty-resolver", "netty-codec", "netty-transport-native-unix-common"]


class EncryptedZooKeeper(ZooKeeper):
    """It has a port for TLS besides its own."""

    def __init__(self, keys):
        super().__init__()
        self._keys = keys
        self.tls_address = f"127.0.0.1:{self.new_port()}"

    def command(self):
        command = super().command()
        with (self.dir / "zoo.cfg").open("a") as settings:
            settings.write(SETTINGS.format(port=self.tls_address.split(":")[1], keys=self._keys))
        jars = command.index("-cp") + 1
        command[jars] = ":".join([command[jars], *(f"/usr/share/java/{jar}.jar" for jar in JARS)])
        return command


@pytest.fixture(scope="module")
def zookeeper(own_authority, tmp_path_factory):
    leaf = own_authority.issue_cert("127.0.0.1")
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    # Java reads keys in this format alone.
    parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())]
    keys = tmp_path_factory.mktemp("keys") / "server.pem"
    keys.write_bytes(b"".join(parts + [part.bytes() for part in leaf.cert_chain_pems]))
    with EncryptedZooKeeper(keys) as server:
        server.register(8001)
        yield server


def seen(address, query):
    target = f"zk://{address}/services/users?timeout=5&{query}"
    with contextlib.closing(provider_of(target)) as source:
        return ports(source)


def test_the_right_authority(zookeeper, ca_file):
    assert seen(zookeeper.tls_address, f"tls=1&ca={ca_file}") == [8001]
    assert seen(zookeeper.tls_address, "tls=1&verify=0") == [8001]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # kazoo's own socket
def test_the_wrong_authority(zookeeper, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with pytest.raises(RefusedError, match="TLS: its certificate is refused"):
        seen(zookeeper.tls_address, f"tls=1&ca={tmp_path}/other.pem")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # kazoo's own socket
def test_a_port_that_speaks_no_tls(zookeeper, ca_file):
    with pytest.raises(ProviderError, match="TLS: "):
        seen(zookeeper.address, f"tls=1&ca={ca_file}")


def test_who_registers_by_tls_is_seen(zookeeper, ca_file):
    registry = registry_of(f"zk://{zookeeper.tls_address}?tls=1&ca={ca_file}")
    with Registration(registry, "orders", ("10.0.0.1", 8080), ttl=2) as registration:
        until(lambda: registration.registered)
        assert zookeeper.kazoo.get_children("/services/orders") == ["10.0.0.1:8080"]
