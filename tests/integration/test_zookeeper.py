"""What is particular to ZooKeeper: ephemeral nodes, sessions, who may read, TLS."""

import gc
import socket
import ssl
import threading
import time
from types import SimpleNamespace

import pytest
from kazoo.client import KazooClient

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import RefusedError, ZooKeeperProvider, optional
from ahoyhoy.lb.providers.watching.watch import Watch
from ahoyhoy.lb.providers.zookeeper import session as zookeepersession
from ahoyhoy.lb.providers.zookeeper.bulk import together
from integration.registries import hosts, ports
from integration.server_process import free_port, until
from integration.zookeeper_server import ZooKeeper


@pytest.fixture(scope="module")
def server():
    with ZooKeeper() as server:
        yield server


@pytest.fixture
def watching(server):
    made = []

    def begin(path, **options):
        made.append(ZooKeeperProvider(path, **{"address": server.address, **options}))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def told(source, kind=ProviderError):
    with pytest.raises(ProviderError) as caught:
        source.get_list()
    assert type(caught.value) is kind
    return str(caught.value)


def test_the_host_of_an_ephemeral_node_goes_with_the_session(server, watching):
    server.put("/leased/1", "10.0.0.1:80")
    other = KazooClient(server.address)
    other.start()
    other.create("/leased/2", b"10.0.0.2:80", ephemeral=True)
    source = watching("/leased")
    assert hosts(source) == ["10.0.0.1:80", "10.0.0.2:80"]
    other.stop()
    other.close()
    until(lambda: hosts(source) == ["10.0.0.1:80"])


def test_changes_one_after_the_other_are_all_seen(server, watching):
    server.put("/many/0", "10.0.0.1:8000")
    source = watching("/many")
    source.get_list()
    for number in range(1, 50):
        server.put(f"/many/{number:02}", f"10.0.0.1:{8000 + number}")
        server.put("/many/0", f"10.0.0.1:{7000 + number}")
    until(lambda: ports(source) == [7049, *range(8001, 8050)], within=5)


def test_only_what_changed_is_read_again(server, watching):
    for number in (1, 2):
        server.put(f"/few/{number}", f"10.0.0.1:{number}")
    source = watching("/few", session_timeout=0.5)
    assert ports(source) == [1, 2]
    confirmed = source._listing.known.confirmed
    until(lambda: source._listing.known.confirmed > confirmed + 0.4)
    assert source.changes() == 1


def test_curators_instances_and_finagles_members_and_one_that_cannot_be_read(
    server, watching, caplog
):
    curator = {"name": "users", "address": "10.0.0.1", "port": 80, "payload": None}
    member = {"serviceEndpoint": {"host": "10.0.0.2", "port": 80}, "status": "ALIVE"}
    server.put("/shapes/1", curator)
    server.put("/shapes/member_0000000001", member)
    server.put("/shapes/what", "what is this")
    assert hosts(watching("/shapes/")) == ["10.0.0.1:80", "10.0.0.2:80"]
    assert "zk://shapes: left out: '/shapes/what': " in caplog.text


def test_a_node_that_is_not_there_without_children_or_without_hosts(server, watching):
    source = watching("/later")
    assert told(source) == "zk://later: ZooKeeper has no node '/later'"
    server.put("/later")
    until(lambda: "has no children" in str(source._listing.known.error))
    assert "'/later' has no children that may be read" in told(source)
    server.put("/later/1", "nothing")
    until(lambda: "none of the 1" in str(source._listing.known.error))
    assert "none of the 1 children of '/later' is a host in service" in told(source)
    server.put("/later/1", "10.0.0.1:80")
    until(source.changes)
    assert ports(source) == [80]


def test_a_node_that_is_deleted_and_made_again(server, watching):
    server.put("/again/1", "10.0.0.1:80")
    source = watching("/again", empty_grace=0)
    assert ports(source) == [80]
    server.delete("/again")
    until(lambda: ports(source) == [])
    server.put("/again/1", "10.0.0.1:81")
    until(lambda: ports(source) == [81])


def test_who_may_not_read_is_refused(server, watching, caplog):
    server.put("/secret/1", "10.0.0.1:80")
    server.put("/secret/2", "10.0.0.1:81")
    server.only_for("/secret/1", "reader", "password")
    assert ports(watching("/secret")) == [81]
    assert "left out: '/secret/1' may not be read" in caplog.text
    assert ports(watching("/secret", user="reader", password="password")) == [80, 81]
    server.only_for("/secret", "reader", "password")
    text = told(watching("/secret", user="reader", password="wrong"), RefusedError)
    assert text.startswith("zk://secret: ZooKeeper refuses to list '/secret': user= and password=")
    assert "wrong" not in text


def test_a_server_that_is_down_is_an_error_at_once_and_the_next_is_used(server, watching):
    down = f"127.0.0.1:{free_port()}"
    start = time.monotonic()
    text = told(watching("/users", address=down))
    assert text == f"zk://users: ZooKeeper at {down} cannot be reached: connection refused"
    assert time.monotonic() - start < 3
    server.put("/next/1", "10.0.0.1:80")
    assert ports(watching("/next", address=[down, server.address])) == [80]


def test_a_server_that_accepts_and_says_nothing(watching):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        source = watching("/users", address=address, timeout=0.5, session_timeout=0.6)
        assert "no answer within" in told(source)
        until(lambda: source._listing.known.error)
        assert "does not answer within 0.5 s" in str(source._listing.known.error)


def test_a_server_that_falls_silent_while_it_is_asked(watching, monkeypatch):
    """As one does that is stopped between two of its answers."""

    class Never:
        def rawlink(self, _callback):
            pass

        def ready(self):
            return False

    def ask(*_, **__):
        return Never()

    monkeypatch.setattr(zookeepersession.KazooClient, "get_children_async", ask)
    source = watching("/users", timeout=0.3)
    with pytest.raises(ProviderError, match=r"no(t)? answer within"):
        source.get_list()
    until(lambda: "does not answer within 0.3 s" in str(source._listing.known.error))


def test_a_connection_that_is_cut_while_it_is_asked(server, watching, monkeypatch):
    real, cuts = zookeepersession.KazooClient.get_children_async, iter([True])

    def ask(client, *arguments, **options):
        if next(cuts, False):
            client._connection._socket.shutdown(socket.SHUT_RDWR)
        return real(client, *arguments, **options)

    monkeypatch.setattr(zookeepersession.KazooClient, "get_children_async", ask)
    server.put("/cut/1", "10.0.0.1:80")
    source = watching("/cut")
    assert "was lost" in told(source)
    until(source.changes)
    assert ports(source) == [80]


def test_a_node_that_is_made_while_it_is_looked_for(server, watching, monkeypatch):
    client = zookeepersession.KazooClient
    exists = client.exists_async

    def made_meanwhile(self, path, watch=None):
        if self is not server.kazoo:
            server.put(f"{path}/1", "10.0.0.1:80")
        return exists(self, path, watch=watch)

    monkeypatch.setattr(client, "exists_async", made_meanwhile)
    source = watching("/meanwhile")
    until(source.changes)
    assert ports(source) == [80]


def test_a_connection_that_is_lost_while_nobody_waits_is_told(server):
    watch = Watch()
    options = {"timeout": 1.0}
    with zookeepersession.Session(watch, 5.0, hosts=server.address, options=options) as session:
        children = zookeepersession.Children(session, "/nothing", "zk://nothing", together)
        # An event of the session is about no node.
        children._tell(SimpleNamespace(path=None))
        assert children.read() is None
        session.client.stop()
        with pytest.raises(ProviderError, match=r"the connection to ZooKeeper at .* was lost"):
            session.wait(60.0, children.news)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # kazoo's own socket
def test_tls_that_is_refused(certificate, ca_file, watching):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate("127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        address = f"127.0.0.1:{listener.getsockname()[1]}"

        def serve(results):
            for _ in range(3):
                peer, _ = listener.accept()
                try:
                    with context.wrap_socket(peer, server_side=True) as encrypted:
                        results.append(encrypted.recv(1) != b"")
                except (OSError, ssl.SSLError):
                    peer.close()

        results = []
        thread = threading.Thread(target=serve, args=(results,))
        thread.start()
        options = {"address": address, "tls": True, "timeout": 5.0}
        sources = [watching("/users", **options)]
        assert "TLS: its certificate is refused" in told(sources[0], RefusedError)
        sources[0].close()  # or it would come back
        for verify in (ca_file, False):
            sources += [watching("/users", verify=verify, cert=certificate("me"), **options)]
            told(sources[-1])
            sources[-1].close()
        thread.join()
    assert results == [True, True]
    gc.collect()  # here, where it is nobody's error


def test_a_certificate_and_its_key_may_be_two_files(certificate):
    own = certificate("me")
    source = ZooKeeperProvider("/users", tls=True, cert=(own, own))
    assert source._source._tls["keyfile"] == own
    with pytest.raises(ValueError, match="there is no such file"):
        ZooKeeperProvider("/users", tls=True, cert="/none.pem")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"path": ""}, "path is that of a node"),
        ({"path": "/"}, "path is that of a node"),
        ({"path": None}, "path is that of a node"),
        ({"user": "u"}, "give both user= and password="),
        ({"address": []}, "address of ZooKeeper"),
        ({"address": "h:x"}, "port"),
        ({"session_timeout": 0}, "session_timeout must be"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, text):
    with pytest.raises(ValueError, match=text):
        ZooKeeperProvider(**{"path": "/users", **arguments})


def test_without_kazoo_the_error_names_the_extra(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(optional, "import_module", missing)
    with pytest.raises(ImportError, match=r"kazoo is needed: pip install 'ahoyhoy\[zookeeper\]'"):
        ZooKeeperProvider("/users")
