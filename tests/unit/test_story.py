import threading

import pytest

from ahoyhoy._core import Attempt, CallStory, Verdict
from ahoyhoy._engine import Story
from ahoyhoy.utils import Host
from unit.racing import Streamed

A, B, C = Host("a", 1), Host("b", 1), Host("c", 1)


@pytest.fixture
def story():
    return Story(100.0, 0)


def test_at_its_beginning_nothing_has_happened():
    story = Story(100.0, 3)
    assert (story.made, story.outcomes, story.attempts, story.denied) == (0, [], (), 0)
    assert (story.began, story.ended, story.updates) == (100.0, 100.0, 3)
    assert story.told() == CallStory((), 0.0)


def test_attempts_are_numbered_from_one_and_told_oldest_first(story, outcome):
    first, second = story.start(A, 100.0), story.start(B, 100.5)
    assert (first.number, second.number) == (1, 2)
    good, bad = outcome("accepted", status=200, elapsed=0.1), outcome("retryable", elapsed=0.9)
    told = [story.end(second, good), story.end(first, bad)]
    assert story.outcomes == [good, bad]  # as they ended
    assert story.attempts == tuple(reversed(told))
    assert [(a.host, a.started, a.elapsed) for a in story.attempts] == [
        (A, 0.0, 0.9),
        (B, 0.5, 0.1),
    ]
    assert story.made == 2


@pytest.mark.parametrize(
    ("ended", "verdict", "status", "error"),
    [
        ({"verdict": "accepted", "status": 200}, Verdict.ACCEPTED, 200, None),
        ({"verdict": "retryable", "status": 503, "reason": "HTTP 503"}, Verdict.RETRYABLE, 503,
         "HTTP 503"),
        ({"verdict": "unsent", "reason": "connection refused"}, Verdict.UNSENT, None,
         "connection refused"),
        ({"verdict": "ignored", "error": TypeError("x")}, Verdict.IGNORED, None, "TypeError"),
    ],
)  # fmt: skip
def test_an_attempt_tells_in_a_phrase_what_became_of_it(
    story, outcome, ended, verdict, status, error
):
    attempt = story.end(story.start(A, 100.25), outcome(elapsed=0.5, **ended))
    assert attempt == Attempt(A, 0.25, 0.5, verdict, status, error)


def test_hosts_that_were_tried_are_known_and_those_that_could_not_be_reached(story, outcome):
    for host, verdict in ((A, "unsent"), (B, "retryable"), (C, "ignored")):
        story.end(story.start(host, 100.0), outcome(verdict))
    assert story.tried == {A, B, C}
    assert story.unreached == {A}


def test_a_host_counts_as_tried_while_its_attempt_is_under_way(story):
    story.start(A, 100.0)
    assert (story.tried, story.unreached) == ({A}, set())


def test_an_attempt_that_is_under_way_at_the_end_was_cancelled(story, outcome):
    story.start(A, 100.25)
    story.end(story.start(B, 101.0), outcome("accepted", status=200, elapsed=0.5))
    story.ended = 101.5
    cut, _ = story.attempts
    assert cut == Attempt(A, 0.25, 1.25, Verdict.IGNORED, None, "cancelled")
    assert story.told().elapsed == 1.5


def test_one_that_began_after_the_end_took_no_time(story):
    story.start(A, 102.0)
    story.ended = 101.5
    assert story.attempts[0].elapsed == 0.0


def test_its_outcomes_are_a_copy(story, outcome):
    story.outcomes.append("mine")
    assert story.outcomes == []


# -- who overtook whom ------------------------------------------------------------------------


def test_the_host_of_an_outcome_is_found_by_the_outcome_itself(story, outcome):
    same = [outcome("accepted", status=200) for _ in range(2)]
    for host, item in zip((A, B), same, strict=True):
        story.end(story.start(host, 100.0), item)
    assert [story.host_of(item) for item in same] == [A, B]


@pytest.mark.parametrize(
    ("hosts", "ended", "loser"),
    [
        ([A, B], [B], A),
        ([A, B, C], [C], A),  # the oldest of those that still wait
        ([A, B, C], [A, C], B),
        ([A, C], [A, C], A),  # it ended meanwhile
        ([C], [C], None),  # the other one never had a host
    ],
)
def test_the_one_that_was_overtaken_is_the_one_waited_for_longest(
    story, outcome, hosts, ended, loser
):
    started = {host: story.start(host, 100.0) for host in hosts}
    for host in ended:
        story.end(started[host], outcome("accepted", status=200))
    assert story.overtaken_by(ended[-1]) == loser


# -- answers that nobody reads ----------------------------------------------------------------


def test_the_answer_that_is_repeated_is_closed_if_it_was_not_read(story, outcome):
    streamed, read = Streamed(), Streamed()
    read._content_consumed = True
    for response in (streamed, read):
        story.repeated = outcome("retryable")._replace(response=response)
        story.discard_repeated()
    assert (streamed.closed, read.closed) == (1, 0)


@pytest.mark.parametrize("response", [None, "something else"])
def test_what_is_no_streamed_answer_is_left_alone(story, outcome, response):
    story.discard_repeated()
    story.repeated = outcome("retryable")._replace(response=response)
    story.discard_repeated()
    assert story.repeated.response is response


def test_attempts_side_by_side_write_into_it_without_losing_one(story, outcome):
    def attempts():
        for _ in range(500):
            story.end(story.start(A, 100.0), outcome("accepted", status=200))

    threads = [threading.Thread(target=attempts) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert len(story.outcomes) <= story.made
        assert story.host_of(story.outcomes[-1]) == A if story.outcomes else True
    assert story.made == len(story.outcomes) == len(story.attempts) == 4000
    assert len({started.number for started in story._started}) == 4000
