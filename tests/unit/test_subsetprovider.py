import os
import pickle
from collections import Counter

import pytest

from ahoyhoy.exceptions import InvalidProviderError
from ahoyhoy.lb.providers import ListProvider, SubsetProvider
from ahoyhoy.utils import Host, Instance

MANY = tuple(Host(f"10.0.{n // 250}.{n % 250}", 80) for n in range(500))


def test_a_short_list_stays_as_it_is():
    hosts = MANY[:100]
    assert SubsetProvider(ListProvider(*hosts)).get_list() == hosts


def test_of_a_long_list_a_stable_part_is_kept_in_its_order():
    first = SubsetProvider(ListProvider(*MANY), key="worker 1").get_list()
    again = SubsetProvider(ListProvider(*MANY[::-1]), key="worker 1").get_list()
    assert len(first) == 100
    assert first == tuple(host for host in MANY if host in set(again))


@pytest.mark.parametrize(("key", "last"), [("worker 1", [3, 4, 5]), ("worker 2", [1, 4, 5])])
def test_the_same_key_keeps_the_same_hosts_for_ever(key, last):
    kept = SubsetProvider(ListProvider(*MANY[:8]), 3, key=key).get_list()
    assert [int(host.address[-1]) for host in kept] == last


def test_clients_together_use_all_hosts_about_alike():
    counts = Counter()
    for number in range(300):
        counts.update(SubsetProvider(ListProvider(*MANY[:60]), 20, key=f"w{number}").get_list())
    assert len(counts) == 60
    assert max(counts.values()) < 1.35 * 100
    assert min(counts.values()) > 0.65 * 100


def test_each_priority_keeps_as_many():
    near = [Instance(host, priority=0) for host in MANY[:5]]
    far = [Instance(host, priority=1) for host in MANY[5:200]]
    kept = SubsetProvider(ListProvider(*far, *near, "junk"), 10, key="k").get_list()
    assert Counter(getattr(item, "priority", None) for item in kept) == {0: 5, 1: 10, None: 1}


def test_the_default_key_is_another_one_in_a_forked_child(monkeypatch):
    provider = SubsetProvider(ListProvider(*MANY))
    before, changes = provider.get_list(), provider.changes()
    monkeypatch.setattr(os, "getpid", lambda: 999_999)
    provider._after_fork()
    assert provider.changes() != changes
    assert provider.get_list() != before
    assert len(set(before) & set(provider.get_list())) < 50


def test_a_key_of_ones_own_stays_in_a_forked_child():
    provider = SubsetProvider(ListProvider(*MANY), key="mine")
    before, changes = provider.get_list(), provider.changes()
    provider._after_fork()
    assert (provider.get_list(), provider.changes()) == (before, changes)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_takes_other_hosts():
    provider = SubsetProvider(ListProvider(*MANY))
    mine = provider.get_list()
    child = os.fork()
    if not child:
        os._exit(7 if provider.get_list() != mine else 8)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_pickled_one_keeps_its_settings(monkeypatch):
    mine, default = (SubsetProvider(ListProvider(*MANY), 7, key=key) for key in ("mine", None))
    monkeypatch.setattr(os, "getpid", lambda: 999_999)
    copies = [pickle.loads(pickle.dumps(provider)) for provider in (mine, default)]
    assert copies[0].get_list() == mine.get_list()
    assert copies[1].get_list() != default.get_list()
    assert len(copies[1].get_list()) == 7


@pytest.mark.parametrize("size", [0, -1, 2.5, True, None])
def test_a_size_is_a_whole_number_from_1_up(size):
    with pytest.raises(ValueError, match="size must be a whole number from 1 up"):
        SubsetProvider(ListProvider(), size)


@pytest.mark.parametrize("key", ["", 3])
def test_a_key_is_a_text(key):
    with pytest.raises(ValueError, match="key must be a text"):
        SubsetProvider(ListProvider(), key=key)


def test_the_source_is_a_provider():
    with pytest.raises(InvalidProviderError, match="give an IProvider"):
        SubsetProvider([])
