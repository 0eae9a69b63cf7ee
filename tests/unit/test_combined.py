"""Several sources of hosts as one: the first that answers, or all of them together."""

import pickle

import pytest

from ahoyhoy.exceptions import InvalidProviderError, ProviderError
from ahoyhoy.lb.providers import ChainProvider, ListProvider, MergeProvider
from ahoyhoy.lb.providers.combinedprovider import _ASK_AGAIN
from ahoyhoy.lb.providers.iprovider import IProvider
from ahoyhoy.testing.clock import FakeClock
from ahoyhoy.utils import Host, Instance

A, B, C = Host("a", 1), Host("b", 1), Host("c", 1)


class Source(IProvider):
    """Has hosts, or an error, as the test says; counts how often it is asked."""

    def __init__(self, answer=(), stale_for=0.0):
        self.answer = answer
        self.stale = stale_for
        self.asked = self.closed = self.number = 0

    def set(self, answer):
        self.answer = answer
        self.number += 1

    def get_list(self):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def changes(self):
        return self.number

    @property
    def stale_for(self):
        return self.stale

    def close(self):
        self.closed += 1

    def __repr__(self):
        return "<Source>"


def gone():
    return Source(ProviderError("gone"))


@pytest.fixture(params=[ChainProvider, MergeProvider])
def kind(request):
    return request.param


def test_no_source_at_all_or_what_is_none_is_refused(kind):
    with pytest.raises(ValueError, match="needs at least one source"):
        kind()
    with pytest.raises(InvalidProviderError, match="give an IProvider"):
        kind(Source(), [A])


def test_a_change_of_any_source_is_one(kind):
    first, second = Source([A]), Source([B])
    source = kind(first, second)
    assert source.changes() == source.changes() == 0
    second.set([C])
    number = source.changes()
    assert number != 0
    assert source.changes() == number
    first.set([C])
    assert source.changes() != number


def test_none_that_answers_is_an_error_that_names_each_failure(kind, caplog):
    source = kind(gone(), Source(OSError("no route")))
    for _ in range(2):
        with pytest.raises(ProviderError, match=r"gone; .*no route"):
            source.get_list()
    assert caplog.text.count("gone") == 1  # not again and again


def test_a_source_that_failed_is_left_alone_while_others_answer(kind):
    clock = FakeClock()
    first = gone()
    source = kind(first, Source([B]), clock=clock)
    for _ in range(3):
        assert list(source.get_list()) == [B]
    assert first.asked == 1
    first.set([A])
    assert A in source.get_list()
    first.set(OSError())
    source.get_list()
    first.answer = [A]  # without a word of it
    source.get_list()
    asked = first.asked
    clock.advance(_ASK_AGAIN)
    assert A in source.get_list()
    assert first.asked == asked + 1


def test_closing_closes_all(kind):
    sources = [Source(), Source()]
    kind(*sources).close()
    assert [s.closed for s in sources] == [1, 1]


def test_a_pickled_one_is_its_sources(kind):
    source = kind(ListProvider(A))
    source.get_list()
    copy = pickle.loads(pickle.dumps(source))
    assert list(copy.get_list()) == [A]
    assert repr(copy) == repr(source) == f"<{kind.__name__} {ListProvider(A)!r}>"


def test_the_first_of_a_chain_that_has_hosts_counts():
    first, second = Source([A]), Source([B], stale_for=7.0)
    source = ChainProvider(first, second)
    assert source.get_list() == (A,)
    assert source.stale_for == 0.0
    assert second.asked == 0
    first.set([])
    assert source.get_list() == (B,)
    assert source.stale_for == 7.0
    first.set([C])
    assert source.get_list() == (C,)


def test_a_chain_in_which_some_answer_and_none_has_hosts_is_empty():
    assert ChainProvider(Source([]), gone()).get_list() == ()
    assert ChainProvider(gone(), Source([])).get_list() == ()


def test_the_hosts_of_all_are_merged_and_the_first_to_name_one_counts():
    source = MergeProvider(
        Source([Instance(A, weight=3), B]), Source([("c", 1), Instance(B), ["no host"], A])
    )
    assert list(source.get_list()) == [Instance(A, weight=3), B, ("c", 1), ["no host"]]


def test_a_source_that_fails_counts_with_its_last_list():
    first, second = Source([A]), Source([B], stale_for=7.0)
    source = MergeProvider(first, second)
    assert source.get_list() == (A, B)
    first.set(OSError())
    assert source.get_list() == (A, B)
    first.set([C])
    assert source.get_list() == (C, B)
    assert source.stale_for == 7.0
