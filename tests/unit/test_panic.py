import random

import pytest

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.exceptions import CircuitOpenError, LbNoEndpointsException
from ahoyhoy.lb.providers import ListProvider
from unit.balancing import (
    ANSWERED,
    GET,
    GOOD,
    POST,
    UNREACHED,
    Turning,
    balancer,
    fail,
    host,
    leased,
    names,
    request,
    tiered,
)


class Drawn(random.Random):
    """Every draw is the same number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def random(self):
        return self.number


#: Even a small part of its share is a host's turn.
EAGER = Drawn(0.0)


def requests(lb, count, judge):
    """The names of the hosts of so many requests, whose outcome depends on the host."""
    asked = ""
    for _ in range(count):
        with lb.lease(POST) as lease:
            asked += lease.host.address
            with lease.endpoint.breaker.acquire(bypass=lease.bypass) as permit:
                permit.record(judge(asked[-1]))
    return asked


@pytest.mark.parametrize(
    ("hosts", "open_", "used"),
    [
        ("ab", "a", "bbbb"),  # half of them are closed: no panic
        ("abc", "ab", "abcabc"),  # fewer than half
        ("abcd", "abc", "abcdabcd"),
        ("abcd", "ab", "cdcd"),
        ("a", "a", "--"),  # none: fail fast
        ("ab", "ab", "--"),
    ],
)
def test_while_fewer_than_half_are_closed_hosts_that_answer_badly_are_used_in_their_turn(
    clock, hosts, open_, used
):
    lb = balancer(clock, hosts, Turning(), rng=EAGER)
    fail(lb, open_, ANSWERED)
    lb._picker.turn = 0
    assert "".join(sorted(names(lb, len(used)))) == "".join(sorted(used))


def test_in_panic_a_host_gets_the_part_of_its_share_that_it_answered_well(clock):
    lb = balancer(clock, "abc", rng=Drawn(0.3))
    fail(lb, "ab")  # 5 bad answers: 0.33
    assert names(lb, 2) == "aa"
    assert request(lb, ANSWERED) == "a"
    assert names(lb, 2) == "bb"
    assert request(lb, ANSWERED) == "b"
    assert names(lb, 2) == "cc"
    assert request(lb, GOOD, avoid="bc") == "a"
    assert names(lb, 2) == "aa"


def test_in_panic_a_host_that_answers_nothing_well_gets_next_to_nothing(clock):
    lb = balancer(clock, "abcd", Turning(), rng=random.Random(7))
    fail(lb, "ab", UNREACHED)
    fail(lb, "c")
    asked = requests(lb, 500, lambda name: GOOD if name == "d" else ANSWERED)
    assert asked.count("c") < 25


def test_in_panic_calls_that_may_not_be_repeated_soon_find_a_host_well_that_was_ill_for_long(clock):
    lb = balancer(clock, "abcd", Turning(), rng=random.Random(7))
    fail(lb, "abc")
    for _ in range(5000):
        clock.advance(0.01)
        requests(lb, 1, lambda name: GOOD if name == "d" else ANSWERED)
    clock.advance(5)  # longer than any break
    assert set(requests(lb, 8, lambda _: GOOD)) > set("d")
    assert [s.circuit for s in lb.hosts()].count("open") < 3


def test_in_panic_hosts_that_answer_half_of_their_requests_get_half_of_their_share(clock):
    chance = random.Random(7)
    lb = balancer(clock, "abc", Turning(), rng=chance)
    fail(lb, "ab")
    bad = {"a": 0.5, "b": 0.5, "c": 0.0}
    asked = requests(lb, 3000, lambda name: ANSWERED if chance.random() < bad[name] else GOOD)
    assert {name: 0.1 < asked.count(name) / 3000 < 0.3 for name in "ab"} == {"a": True, "b": True}


def test_in_panic_hosts_that_could_not_be_reached_are_passed_over(clock):
    lb = balancer(clock, "abc", Turning(), rng=EAGER)
    fail(lb, "a", UNREACHED)
    fail(lb, "b", ANSWERED)
    assert set(names(lb, 6)) == set("bc")


def test_in_panic_hosts_that_were_opened_by_hand_are_passed_over(clock):
    lb = balancer(clock, "abc", Turning(), rng=EAGER)
    fail(lb, "ab", ANSWERED)
    lb.get_or_create_endpoint(host("a")).breaker.open()
    assert set(names(lb, 6)) == set("bc")


def test_only_a_lease_of_an_open_host_goes_through_its_circuit(clock):
    lb = balancer(clock, "abc", Turning(), rng=EAGER)
    fail(lb, "ab")
    for _ in range(3):
        with lb.lease(POST) as lease:
            assert lease.bypass is (lease.host.address in "ab")


def test_a_request_in_panic_neither_closes_the_circuit_nor_lengthens_its_break(clock):
    lb = balancer(clock, "abc", Turning())
    fail(lb, "ab")
    stats = lb.hosts()
    for judgement in (GOOD, ANSWERED) * 6:
        request(lb, judgement, avoid="c")
    assert [s.circuit for s in lb.hosts()] == ["open", "open", "closed"]
    assert [s.retry_in for s in lb.hosts()] == [s.retry_in for s in stats]
    assert sum(s.requests for s in lb.hosts()) == 12


def test_a_host_that_cannot_be_reached_any_more_is_no_use_in_panic(clock):
    lb = balancer(clock, "abc", rng=EAGER)
    fail(lb, "ab")
    assert request(lb, UNREACHED) == "a"
    assert leased(lb) == "b"


def test_an_endpoint_to_call_oneself_is_never_one_that_refuses(clock):
    lb = balancer(clock, "abc", Turning())
    fail(lb, "ab")
    assert {lb.pick().host.address for _ in range(6)} == {"c"}


def test_in_panic_a_node_is_usable_for_pickers_that_put_health_first(clock):
    lb = balancer(clock, "abc")
    nodes = lb._members.current()
    fail(lb, "a")
    assert [node.usable for node in nodes] == [False, True, True]
    fail(lb, "b")
    assert [node.usable for node in nodes] == [True, True, True]


def test_with_none_closed_calls_fail_fast_and_are_told_why(clock):
    lb = balancer(clock, "ab")
    fail(lb, "ab")
    with pytest.raises(LbNoEndpointsException, match=r"a:80 circuit open \(1.0 s left\); b:80"):
        lb.lease(POST)


def test_fail_open_sends_to_whom_the_picker_prefers(clock):
    lb = balancer(clock, "abc", Turning(), fail_open=True)
    fail(lb, "abc", UNREACHED)
    assert sorted(names(lb, 6)) == sorted("abcabc")
    with lb.lease(POST) as lease:
        assert lease.bypass
    with pytest.raises(LbNoEndpointsException):
        lb.pick()


def test_fail_open_leaves_a_closed_host_the_only_one(clock):
    lb = balancer(clock, "ab", fail_open=True)
    fail(lb, "a", UNREACHED)
    assert leased(lb, avoid="b") is None


def test_fail_open_goes_to_no_host_that_was_opened_by_hand_or_tried(clock):
    lb = balancer(clock, "abc", fail_open=True)
    fail(lb, "b", UNREACHED)
    for name in "ac":
        lb.get_or_create_endpoint(host(name)).open()
    assert leased(lb) == "b"
    assert leased(lb, avoid="b") is None


def test_fail_open_goes_to_no_malformed_host(clock):
    lb = balancer(clock, provider=ListProvider("nonsense", host("b")), fail_open=True)
    assert leased(lb) == "b"
    fail(lb, "b", UNREACHED)
    assert leased(lb) == "b"


def test_a_trial_that_is_due_goes_to_the_next_repeatable_call(clock):
    lb = balancer(clock, "ab")
    fail(lb, "b")
    assert leased(lb) == "a"
    clock.advance(1)
    assert leased(lb, POST) == "a"
    with lb.lease(POST) as lease:
        assert not lease.bypass
    assert request(lb) == "b"
    assert [s.circuit for s in lb.hosts()] == ["closed", "closed"]


def test_a_trial_for_which_no_repeatable_call_comes_goes_to_any_after_ten_seconds(clock):
    lb = balancer(clock, "ab")
    fail(lb, "b")
    clock.advance(60)
    for _ in range(3):  # each break has a wait of its own
        assert leased(lb, POST) == "a"
        clock.advance(9.9)
        assert leased(lb, POST) == "a"
        clock.advance(0.1)
        assert request(lb, ANSWERED, call=POST) == "b"
        clock.advance(60)


def test_a_due_trial_is_leased_once_at_a_time(clock):
    lb = balancer(clock, "abc")
    fail(lb, "c")
    clock.advance(1)
    with lb.lease(GET) as trial:
        assert trial.host.address == "c"
        assert leased(lb) == "a"
    assert leased(lb) == "c"


def test_a_trial_of_a_lower_priority_waits_until_that_is_used(clock):
    lb = tiered(clock, priorities=[("a", 0), ("b", 1)])
    fail(lb, "b")
    clock.advance(1)
    assert leased(lb) == "a"
    assert leased(lb, avoid="a") == "b"


def test_a_circuit_whose_opening_was_not_told_is_found_out_by_its_refusal(clock, monkeypatch):
    lb = balancer(clock, "ab")
    breaker = lb.endpoints()[0].breaker
    monkeypatch.setattr(breaker.notices, "changed", lambda *_: None)  # an interrupt took it
    breaker.open()
    with lb.lease(GET) as lease:
        assert lease.host.address == "a"
        lease.ended(Outcome(Judgement(Verdict.UNSENT), error=CircuitOpenError("no")))
    assert names(lb, 2) == "bb"
    breaker.close()
    assert names(lb, 2) == "aa"
    assert lb._members.nodes[0].clear
