"""The arithmetic of the speed benchmark, and what keeps it from measuring something else."""

import json
import os
from contextlib import contextmanager

import pytest

from speed_modules import clients, measures, peers, report, server, spread, surroundings, ways

Goal, Measure, Pair, Spread = spread.Goal, spread.Measure, spread.Pair, spread.Spread
PORTS = (8001, 8002, 8003, 8004, 8005)
BODY = json.loads(server.BODY)


class Steady:
    """A way whose every call takes the same time, and which notes its turns."""

    def __init__(self, name, seconds, turns):
        self.name, self._seconds, self._turns = name, seconds, turns

    def __call__(self, calls):
        self._turns.append((self.name, calls))
        return calls * self._seconds


class Scripted:
    """A way that brings these answers, again and again."""

    def __init__(self, *answers):
        self._answers = answers

    def answers(self, calls):
        return [self._answers[number % len(self._answers)] for number in range(calls)]


def kept_open(**changes):
    """A good answer from each port, on a connection that is not new."""
    return [ways.Answer(200, BODY, port, 2)._replace(**changes) for port in PORTS]


def test_a_spread_is_the_quartiles():
    assert Spread.of([5, 1, 4, 2, 3]) == (2, 3, 4)


def test_a_quartile_between_two_values_lies_between_them():
    assert Spread.of([1, 2]) == (1.25, 1.5, 1.75)


def test_one_value_is_its_own_spread():
    assert Spread.of(iter([7])) == (7, 7, 7)


def test_the_ratio_is_of_what_was_measured_together():
    # The medians, 4 and 2, would say 2; a slow machine in the third round would say 9.
    assert spread.ratios([(1, 1), (8, 2), (4, 4), (18, 2), (3, 1)]).median == 3


@pytest.mark.parametrize(
    ("sign", "below", "at", "above"),
    [("<", True, False, False), ("≤", True, True, False), ("≥", False, True, True)],
)
def test_a_goal_is_met_on_its_own_side_of_the_bound(sign, below, at, above):
    goal = Goal(sign, 0.45)
    assert [goal.met(value) for value in (0.449, 0.45, 0.451)] == [below, at, above]


def test_what_has_no_goal_misses_none():
    assert Measure("a", Spread(1, 1, 1)).met


def test_it_is_the_median_that_meets_a_goal():
    assert Measure("a", Spread(1, 2, 9), Goal("≤", 2)).met
    assert not Measure("a", Spread(1, 2, 9), Goal("<", 2)).met


def test_the_two_of_a_pair_are_timed_in_turns_and_begin_in_turns():
    turns = []
    a, b, c = (Steady(name, cost, turns) for name, cost in (("a", 2.0), ("b", 1.0), ("c", 4.0)))
    found = spread.take_turns([Pair(a, b), Pair(a, c)], rounds=2, calls=10)
    assert "".join(name for name, _ in turns) == "abac" + "baca"
    assert {calls for _, calls in turns} == {10}
    assert found == [[(2.0, 1.0)] * 2, [(2.0, 4.0)] * 2]


def test_good_answers_of_all_hosts_on_kept_connections_pass():
    ways.check("a client", Scripted(*kept_open()), PORTS)


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        (kept_open(status=503), "got Answer.*503"),
        (kept_open(content={"id": 1}), "got Answer"),
        (kept_open()[:4], "used 4 of 5 hosts"),
        (kept_open(nth=1), "opened 200 connections for 5 hosts"),
    ],
)
def test_a_client_that_does_something_else_is_not_measured(answers, complaint):
    with pytest.raises(AssertionError, match=f"a client {complaint}"):
        ways.check("a client", Scripted(*answers), PORTS)


def test_the_answer_says_what_the_host_wrote_into_its_headers():
    headers = {server.PORT_HEADER: "8001", server.NTH_HEADER: "3"}
    assert ways.answer(200, server.BODY, headers) == (200, BODY, 8001, 3)


def test_the_body_has_thirty_bytes():
    assert len(server.BODY) == 30


def test_whoever_balances_breaks_or_retries_is_to_be_outrun():
    does_more = {"elastic-transport", "aio-request", "resilient-http"}
    assert {one.name for one in peers.PEERS if one.goal == Goal("<", 1)} == does_more
    assert {
        one.name: one.goal for one in peers.PEERS if one.goal and one.name not in does_more
    } == {"urllib3": Goal("≤", 1.2)}


def test_a_client_that_is_not_installed_has_no_version():
    assert clients.Contender("no-such-distribution", "get", None).version is None
    assert clients.BARE.version is not None


def test_the_environment_is_the_same_for_everybody_and_comes_back(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("AHOYHOY_FAST", "0")
    before = dict(os.environ)
    with surroundings.usual():
        assert len(os.environ) == surroundings.VARIABLES
        assert os.environ["AHOYHOY_FAST"] == "0"
        assert "HTTP_PROXY" not in os.environ
    assert dict(os.environ) == before


def test_the_larger_environment_is_there_for_one_of_the_pair_only():
    sizes = []

    @contextmanager
    def contender(_):
        yield Looking()

    class Looking(Scripted):
        def seconds(self, calls):
            sizes.append((calls, len(os.environ) - before))
            return 2.0 if len(os.environ) > before else 1.0

    before = len(os.environ)
    with measures.Bench(PORTS) as bench:
        bench._ways = dict.fromkeys(
            (clients.client, clients.session, clients.bare), Looking(*kept_open())
        )
        found = measures.large_environment(bench, measures.Size(rounds=1, calls=7))
    assert {one.spread.median for one in found} == {2.0}
    assert set(sizes) == {(n, more) for n in (1, 7) for more in (0, measures.MORE_VARIABLES)}
    assert len(os.environ) == before


def test_the_table_says_what_was_missed():
    lines = report.measures_table(
        [
            Measure("one", Spread(0.4, 0.449, 0.5), Goal("≤", 0.45)),
            Measure("another", Spread(10, 15.04, 20), Goal("≤", 15), "µs"),
            Measure("a third", Spread(1, 123.4, 200)),
        ]
    )
    assert [" ".join(line.split()) for line in lines] == [
        "measure median quartiles goal",
        "one 0.449 0.400 … 0.500 ≤ 0.45 met",
        "another 15.0 µs 10.0 … 20.0 ≤ 15 MISSED",
        "a third 123 1.000 … 200",
    ]
