import pickle

import pytest

from ahoyhoy._core import Call
from ahoyhoy.lb import ConsistentHashLB, ConsistentHashPicker, consistenthashlb
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host
from unit.fake_nodes import GET, fake_node, fake_nodes, names, order

FIVE = "abcde"


def keyed(key):
    return GET.with_(key=key)


def with_headers(headers, url="/"):
    return Call("GET", url, options={"headers": headers})


@pytest.mark.parametrize(("key", "ranks"), [("alice", "deabc"), ("bob", "edbac"), ("", "acdeb")])
def test_the_order_of_a_key_is_the_same_for_ever(key, ranks):
    assert order(ConsistentHashPicker(), fake_nodes(FIVE), call=keyed(key)) == ranks


def test_the_order_of_the_list_does_not_matter():
    nodes = fake_nodes(FIVE)
    call = keyed("alice")
    assert order(ConsistentHashPicker(), nodes, call=call) == order(
        ConsistentHashPicker(), nodes[::-1], call=call
    )


def test_the_key_of_a_call_goes_before_its_header_and_that_before_its_path():
    picker = ConsistentHashPicker(header="X-User")
    plain = Call("GET", "/path")
    header = with_headers({"x-user": "alice"}, "/path")
    assert [picker._key(c) for c in (plain, header, header.with_(key="bob"))] == [
        "/path",
        "alice",
        "bob",
    ]


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"X-USER": "alice"}, "alice"),
        ({b"x-user": b"alice"}, "alice"),
        ([("X-User", "alice")], "alice"),
        ({"X-User": 7}, "7"),
        ({"X-User": None}, "/"),
        ({"Accept": "*/*"}, "/"),
        (None, "/"),
    ],
)
def test_a_header_is_found_in_any_spelling(headers, key):
    assert ConsistentHashPicker(header="x-User")._key(with_headers(headers)) == key


@pytest.mark.parametrize("url", ["/a/b", "/a/b?page=2", "/a/b#part", "/a/b?x#y"])
def test_the_path_is_a_key_without_its_query(url):
    assert ConsistentHashPicker()._key(Call("GET", url)) == "/a/b"


@pytest.mark.parametrize("header", ["", 3])
def test_a_header_is_a_name(header):
    with pytest.raises(ValueError, match="header must be the name of a header"):
        ConsistentHashPicker(header=header)


@pytest.mark.parametrize(
    ("loads", "full"),
    [
        # five hosts: a fifth of 1.25 * (in flight + 1), rounded up
        ((0, 0, 0, 0, 0), ""),  # 0.25 -> 1
        ((1, 0, 0, 0, 0), "a"),  # 0.5 -> 1
        ((1, 1, 1, 1, 0), ""),  # 1.25 -> 2: nobody is full
        ((2, 1, 1, 0, 0), "a"),
        ((3, 3, 1, 1, 0), "ab"),  # 2.25 -> 3
        ((9, 0, 0, 0, 0), "a"),
    ],
)
def test_a_host_with_more_than_its_share_goes_behind_the_others(loads, full):
    nodes = fake_nodes(FIVE)
    for node, load in zip(nodes, loads, strict=True):
        node.in_flight = load
    ranks = order(ConsistentHashPicker(), fake_nodes(FIVE), call=keyed("alice"))
    expected = "".join(n for n in ranks if n not in full) + "".join(n for n in ranks if n in full)
    assert order(ConsistentHashPicker(), nodes, call=keyed("alice")) == expected


def test_a_host_may_have_as_much_as_its_weight_says():
    nodes = (fake_node("a", 3, in_flight=3), fake_node("b", 1, in_flight=1))
    # 1.25 * 5 = 6.25 is 4.7 for a, and 1.6 for b
    assert {order(ConsistentHashPicker(), nodes, call=keyed(str(n)))[0] for n in range(50)} == {
        "a",
        "b",
    }
    nodes[1].in_flight = 2  # 1.25 * 6 is 1.9 for b
    assert {order(ConsistentHashPicker(), nodes, call=keyed(str(n)))[0] for n in range(50)} == {"a"}


def test_the_share_of_hosts_that_are_down_goes_to_the_others():
    nodes = fake_nodes("abcd")
    nodes[0].usable = nodes[1].usable = False
    nodes[2].in_flight = nodes[3].in_flight = 3  # of 1.25 * 7, a half is 5
    fresh = order(ConsistentHashPicker(), fake_nodes("abcd"), call=keyed("k"))
    assert order(ConsistentHashPicker(), nodes, call=keyed("k")) == fresh


def test_with_every_host_down_all_are_still_named():
    nodes = fake_nodes("abc")
    for node in nodes:
        node.usable = False
    assert sorted(order(ConsistentHashPicker(), nodes)) == list("abc")


def test_nodes_without_weight_are_last_and_share_alike_among_themselves():
    nodes = fake_nodes({"y": 0, "z": 0, "a": 1})
    assert {order(ConsistentHashPicker(), nodes, call=keyed(str(n)))[0] for n in range(30)} == {"a"}
    nobody = nodes[:2]
    assert {order(ConsistentHashPicker(), nobody, call=keyed(str(n)))[0] for n in range(30)} == {
        "y",
        "z",
    }


def test_the_hash_of_a_host_is_made_once(monkeypatch):
    nodes, picker = fake_nodes("ab"), ConsistentHashPicker()
    order(picker, nodes)
    monkeypatch.setattr("ahoyhoy.lb.consistenthashlb.host_hash", lambda _: pytest.fail("again"))
    assert len(names(picker.candidates(nodes, GET, 0.0))) == 2


def ranked_again(monkeypatch, picker, nodes, key):
    """Whether the hosts are ranked for a key that may be known."""
    asked = []
    real = consistenthashlb._score
    monkeypatch.setattr(
        consistenthashlb, "_score", lambda key, node: asked.append(node) or real(key, node)
    )
    next(iter(picker.candidates(nodes, keyed(key), 0.0)))
    monkeypatch.undo()
    return bool(asked)


def test_the_hosts_are_ranked_for_a_key_once_while_they_stay(monkeypatch):
    nodes, picker = fake_nodes("abcdefgh"), ConsistentHashPicker()
    assert [ranked_again(monkeypatch, picker, nodes, key) for key in "xyx"] == [True, True, False]
    assert ranked_again(monkeypatch, picker, nodes[:7], "x")


def test_only_so_many_keys_are_remembered(monkeypatch):
    monkeypatch.setattr(consistenthashlb, "_KEYS", 2)
    nodes, picker = fake_nodes("ab"), ConsistentHashPicker()
    order(picker, nodes, call=keyed("y"))
    for key in "xz":
        monkeypatch.setattr(consistenthashlb, "_KEYS", 2)
        order(picker, nodes, call=keyed(key))
    assert ranked_again(monkeypatch, picker, nodes, "y")
    assert not ranked_again(monkeypatch, picker, nodes, "z")


@pytest.mark.parametrize("count", [1, 4, 5, 30])
def test_what_is_remembered_of_a_key_is_its_whole_order(count):
    nodes, picker = tuple(fake_node(f"n{n}.") for n in range(count)), ConsistentHashPicker()
    first, again = order(picker, nodes), order(picker, nodes)
    assert first == again == order(ConsistentHashPicker(), nodes)
    assert len(set(first.split("."))) == count + 1


def test_a_pickled_one_has_its_header_and_none_of_the_hosts():
    picker = ConsistentHashPicker(header="X-User")
    lb = ConsistentHashLB(ListProvider(Host("10.0.0.1", 1)), header="X-User")
    with lb.lease(GET):
        pass
    assert b"Endpoint" not in pickle.dumps(lb)
    for copied in (pickle.loads(pickle.dumps(picker)), pickle.loads(pickle.dumps(lb))._picker):
        assert copied._key(with_headers({"x-user": "alice"})) == "alice"
    lb.close()


def test_a_balancer_over_it_sends_a_key_to_one_host():
    lb = ConsistentHashLB(
        ListProvider(*[Host(f"10.0.0.{n}", 1) for n in range(1, 6)]), header="X-User"
    )
    found = {}
    for user in ["alice", "bob", "carol", "dave"] * 3:
        with lb.lease(with_headers({"X-User": user})) as lease:
            found.setdefault(user, set()).add(lease.host)
    assert all(len(hosts) == 1 for hosts in found.values())
    assert len(set.union(*found.values())) > 1
    lb.close()
