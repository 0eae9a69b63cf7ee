"""Many nodes of ZooKeeper are read with few requests, and watched: no change is missed.

All of this needs two private parts of kazoo: here it is seen when they change.
"""

import itertools
from collections import Counter

import pytest
from kazoo.exceptions import SystemZookeeperError
from kazoo.security import OPEN_ACL_UNSAFE, make_digest_acl

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import ZooKeeperProvider
from ahoyhoy.lb.providers.watching.watch import Watch
from ahoyhoy.lb.providers.zookeeper import bulk, session
from integration.registries import ports
from integration.server_process import until
from integration.zookeeper_relay import LIST, READ, TOGETHER, WATCH, Relay
from integration.zookeeper_server import ZooKeeper

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server():
    with ZooKeeper() as server:
        yield server


@pytest.fixture
def relay(server):
    """As servers are from 3.6 on."""
    with Relay(server.port) as relay:
        yield relay


@pytest.fixture
def old(server):
    """As servers were before 3.6."""
    with Relay(server.port, unknown=[TOGETHER]) as relay:
        yield relay


@pytest.fixture
def path(server):
    """A node whose children `1`, `2` and `3` are hosts with the ports 81, 82 and 83."""
    path = f"/bulk/{next(NUMBERS)}"
    for number in (1, 2, 3):
        server.put(f"{path}/{number}", f"10.0.0.1:8{number}")
    return path


@pytest.fixture
def watching():
    made = []

    def begin(relay, path, **options):
        made.append(ZooKeeperProvider(path, address=relay.address, **options))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def fill(server, path, names, content=b"10.0.0.1:80"):
    server.kazoo.ensure_path(path)
    for result in [server.kazoo.create_async(f"{path}/{name}", content) for name in names]:
        result.get()


def change(server, path):
    server.put(f"{path}/2", "10.0.0.1:92")
    return [81, 92, 83]


def delete(server, path):
    server.delete(f"{path}/2")
    return [81, 83]


def make_anew(server, path):
    server.delete(f"{path}/2")
    server.put(f"{path}/2", "10.0.0.1:92")
    return [81, 92, 83]


def add(server, path):
    server.put(f"{path}/4", "10.0.0.1:84")
    return [81, 82, 83, 84]


def refuse(server, path):
    server.delete(f"{path}/2")
    server.put(f"{path}/2", "10.0.0.1:92", acl=[make_digest_acl("reader", "password", all=True)])
    return [81, 83]


def still_watched(server, path, source, now):
    """Whether each of its hosts, and its list, is watched from here on."""
    for number, port in enumerate(now):
        server.put(f"{path}/{port % 10}", f"10.0.0.1:{port + 100}")
        now[number] = port + 100
        until(lambda: ports(source) == now)
    server.put(f"{path}/9", "10.0.0.1:99")
    until(lambda: ports(source) == [*now, 99])


@pytest.mark.parametrize("happen", [change, delete, make_anew, add, refuse])
@pytest.mark.parametrize("moment", ["listed", "watched", "read"])
def test_what_happens_while_they_are_read_is_seen(server, relay, path, watching, happen, moment):
    now = []

    def meanwhile():
        now.extend(happen(server, path))

    if moment == "read":
        relay.after[TOGETHER] = meanwhile
    else:
        relay.before[WATCH if moment == "listed" else TOGETHER] = meanwhile
    source = watching(relay, path)
    source.get_list()
    assert now
    until(lambda: ports(source) == now)
    still_watched(server, path, source, now)


@pytest.mark.parametrize("happen", [change, delete, make_anew, add, refuse])
@pytest.mark.parametrize("moment", ["listed", "read"])
def test_so_it_is_when_they_are_read_one_by_one(server, old, path, watching, happen, moment):
    now = []

    def meanwhile():
        now.extend(happen(server, path))

    (old.before if moment == "listed" else old.after)[READ] = meanwhile
    source = watching(old, path)
    source.get_list()
    assert now
    until(lambda: ports(source) == now)
    still_watched(server, path, source, now)


@pytest.mark.parametrize(("kind", "question"), [("relay", WATCH), ("old", READ)])
def test_a_node_that_is_gone_when_it_is_read_and_there_when_it_is_listed_again(
    server, path, watching, request, kind, question
):
    relay = request.getfixturevalue(kind)

    def go():
        server.delete(f"{path}/2")
        relay.before[LIST] = come_again

    def come_again():
        server.put(f"{path}/2", "10.0.0.1:92")

    relay.before[question] = go
    source = watching(relay, path)
    until(lambda: ports(source) == [81, 92, 83])


def test_five_thousand_nodes_are_read_with_two_requests_and_their_list(server, relay, watching):
    fill(server, "/many", range(5000))
    source = watching(relay, "/many")
    assert ports(source) == [80]
    assert relay.asked == [LIST, WATCH, TOGETHER]
    server.put("/many/1234", "10.0.0.1:81")
    until(lambda: ports(source) == [80, 81])
    assert relay.asked == [LIST, WATCH, TOGETHER, WATCH, TOGETHER]


def test_what_did_not_change_is_not_read_again(relay, path, watching):
    source = watching(relay, path, session_timeout=0.5)
    source.get_list()
    confirmed = source._listing.known.confirmed
    until(lambda: source._listing.known.confirmed > confirmed + 0.4)
    assert relay.asked == [LIST, WATCH, TOGETHER]


def test_names_that_are_too_long_for_one_request(server, relay, watching):
    """A server ends the connection at a megabyte."""
    fill(server, "/long", [f"{number:0>900}" for number in range(1500)])
    server.put(f"/long/{'9' * 900}", "10.0.0.1:81")
    assert ports(watching(relay, "/long")) == [80, 81]
    assert len(relay.asked) == 1 + 2 * 6


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8])
def test_what_is_in_nodes_at_the_borders_of_requests(
    server, relay, watching, monkeypatch, caplog, size
):
    """Records, nodes with nothing in them, and such that may not be read."""
    path = f"/bulk/{next(NUMBERS)}"
    server.kazoo.ensure_path(path)
    contents = (b"10.0.0.1:1", b"", None, b"refused", None, b"10.0.0.1:6", b"refused")
    for port, content in enumerate(contents, 8000):
        node = f"{path}/10.0.0.1:{port}"
        server.kazoo.create(node, content)
        if content == b"refused":
            server.only_for(node, "reader", "password")
    # Nine bytes for the kind of question, four for the length, one for no watch.
    each = 9 + 4 + len(f"{path}/10.0.0.1:8000") + 1
    monkeypatch.setattr(bulk, "_MOST", size * each)
    source = watching(relay, path)
    assert ports(source) == [1, 8001, 8002, 8004, 6]
    assert caplog.text.count("may not be read") == 2
    needed = -(-len(contents) // size)
    assert Counter(relay.asked) == {LIST: 1, WATCH: needed, TOGETHER: needed}
    server.put(f"{path}/10.0.0.1:8000", "10.0.0.1:7")
    server.delete(f"{path}/10.0.0.1:8005")
    until(lambda: ports(source) == [7, 8001, 8002, 8004])


def test_a_node_that_may_not_be_read_is_told_once_and_tried_with_each_list(
    server, relay, path, watching, caplog
):
    def told():
        return caplog.text.count(f"left out: '{path}/2' may not be read")

    def listed_again(port):
        server.put(f"{path}/{port}", f"10.0.0.1:{port}")
        until(lambda: port in ports(source))

    refuse(server, path)
    source = watching(relay, path)
    assert ports(source) == [81, 83]
    listed_again(84)
    listed_again(85)
    assert told() == 1
    server.kazoo.delete(f"{path}/2")
    listed_again(86)
    server.put(f"{path}/2", "10.0.0.1:92", acl=[make_digest_acl("reader", "password", all=True)])
    until(lambda: told() == 2)
    server.kazoo.add_auth("digest", "reader:password")
    server.kazoo.set_acls(f"{path}/2", OPEN_ACL_UNSAFE)
    listed_again(87)
    assert ports(source) == [81, 92, 83, 84, 85, 86, 87]
    refuse(server, path)
    until(lambda: told() == 3)


def test_a_server_that_cannot_do_so_is_asked_for_one_after_the_other(
    server, old, path, watching, caplog
):
    source = watching(old, path)
    assert ports(source) == [81, 82, 83]
    first = [LIST, WATCH, TOGETHER, LIST, READ, READ, READ]
    assert old.asked == first
    still_watched(server, path, source, [81, 82, 83])
    server.kazoo.create(f"{path}/10.0.0.1:77", None)
    until(lambda: 77 in ports(source))
    asked = len(old.asked)
    old.cut()
    until(lambda: len(old.asked) >= asked + 6)
    until(lambda: not source.stale_for)
    # What was found out once holds from then on.
    assert old.asked[asked:] == [LIST, *[READ] * 5]
    assert old.asked.count(TOGETHER) == 1


def test_a_connection_that_is_cut_while_many_are_read_is_no_server_that_cannot(
    relay, path, watching
):
    relay.before[TOGETHER] = relay.cut
    source = watching(relay, path)
    with pytest.raises(ProviderError, match="was lost"):
        source.get_list()
    until(source.changes)
    assert ports(source) == [81, 82, 83]
    assert relay.asked == [LIST, WATCH, TOGETHER] * 2


def test_any_other_error_of_a_node_is_one_of_the_source(server, path):
    def broken(_session, paths, _tell):
        return iter([SystemZookeeperError() for _ in paths])

    with session.Session(Watch(), 5.0, hosts=server.address, options={}) as own:
        children = session.Children(own, path, "zk:/", broken)
        with pytest.raises(SystemZookeeperError):
            children.read()
