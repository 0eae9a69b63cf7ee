"""A source that tells of no changes, as one's own `IProvider` may be: asked again now and then."""

import threading

import pytest

from ahoyhoy.lb.membership import ASK_AGAIN, Membership
from ahoyhoy.lb.providers import ChainProvider, ListProvider, SubsetProvider
from ahoyhoy.lb.providers.iprovider import IProvider
from unit.scripted_source import eventually
from unit.sources import A, B, Changing, keys, make  # noqa: F401 - a fixture among them


class Mute(IProvider):
    """One's own: `get_list` and nothing else."""

    def __init__(self, *hosts):
        self.hosts = hosts
        self.asked = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def get_list(self):
        self.asked += 1
        self.go_on.wait(30)
        if isinstance(self.hosts, Exception):
            raise self.hosts
        return self.hosts


@pytest.fixture
def source():
    return Mute(A)


@pytest.fixture
def members(source, make, clock):
    members = Membership(source, make, clock=clock)
    assert keys(members) == [A]
    return members


def asker_ended(members):
    members._asker.join(30)
    assert not members._asker.is_alive()


def test_it_is_asked_again_in_the_background_when_its_list_is_old(members, source, clock):
    source.hosts = (A, B)
    clock.advance(ASK_AGAIN - 1)
    assert keys(members) == [A]
    assert members._asker is None
    clock.advance(1)
    assert len(keys(members)) in (1, 2)  # whoever looks does not wait for it
    eventually(lambda: keys(members) == [A, B])
    assert source.asked == 2


def test_an_update_counts_as_asking(members, source, clock):
    clock.advance(ASK_AGAIN - 1)
    members.update()
    clock.advance(ASK_AGAIN - 1)
    assert keys(members) == [A]
    assert source.asked == 2


def test_one_that_takes_long_is_not_asked_by_a_second_thread(members, source, clock):
    source.go_on.clear()
    for _ in range(3):
        clock.advance(ASK_AGAIN)
        assert keys(members) == [A]
    assert source.asked == 2
    source.go_on.set()
    asker_ended(members)


def test_of_several_who_look_at_once_one_asks(members, source, clock):
    clock.advance(ASK_AGAIN)

    class Racing:
        """A lock that another thread had just before."""

        def __enter__(self):
            members.ledger.lock = lock
            members.current()

        def __exit__(self, *_):
            pass

    lock, members.ledger.lock = members.ledger.lock, Racing()
    members.current()
    asker_ended(members)
    assert source.asked == 2


def test_one_that_fails_leaves_the_last_list_and_is_told_of_once(members, source, clock, caplog):
    source.hosts = OSError("gone")
    for _ in range(2):
        clock.advance(ASK_AGAIN)
        assert keys(members) == [A]
        asker_ended(members)
        assert keys(members) == [A]
    assert caplog.text.count("the provider failed, its last list stays") == 1
    source.hosts = (B,)
    clock.advance(ASK_AGAIN)
    eventually(lambda: keys(members) == [B])
    source.hosts = OSError("gone")
    clock.advance(ASK_AGAIN)
    eventually(lambda: keys(members) and caplog.text.count("its last list stays") == 2)


@pytest.mark.parametrize("around", [lambda s: SubsetProvider(s, 5), ChainProvider])
def test_one_inside_another_is_asked_again_too(make, clock, around):
    source = Mute(A)
    members = Membership(around(source), make, clock=clock)
    assert len(keys(members)) == 1
    source.hosts = (A, B)
    clock.advance(ASK_AGAIN)
    eventually(lambda: len(keys(members)) == 2)


@pytest.mark.parametrize("source", [ListProvider(A), Changing(A), ChainProvider(ListProvider(A))])
def test_one_that_tells_of_changes_or_never_changes_is_not(make, clock, source):
    members = Membership(source, make, clock=clock)
    members.current()
    clock.advance(10 * ASK_AGAIN)
    members.current()
    assert members._asker is None
