"""The path of a call, driven by hand: scripted endpoints, no sockets, no threads, no time."""

import pytest

from ahoyhoy._core import Block, Call, Outcome, Send, Verdict
from ahoyhoy.exceptions import InvalidHostError, LbNoEndpointsException, ProviderError
from unit.driven import World


@pytest.mark.parametrize(
    ("hosts", "script", "sent", "verdict"),
    [
        ("abc", {}, "a", "accepted"),
        ("abc", {"a": ["retryable"]}, "ab", "accepted"),
        ("abc", {"a": ["unsent"], "b": ["unsent"]}, "abc", "accepted"),
        ("abcd", {host: ["retryable"] for host in "abcd"}, "abc", "retryable"),
        ("abc", {"a": ["failed"]}, "a", "failed"),
        ("abc", {"a": ["ignored"]}, "a", "ignored"),
        # fewer hosts than attempts: those that could be reached get another turn
        ("a", {"a": ["retryable"]}, "aaa", "retryable"),
        ("a", {"a": ["retryable", "accepted"]}, "aa", "accepted"),
        ("ab", {"a": ["retryable"], "b": ["unsent"]}, "abaa", "retryable"),
        # those that could not be reached get none
        ("a", {"a": ["unsent"]}, "a", "failed"),
        ("abc", {host: ["unsent"] for host in "abc"}, "abc", "failed"),
    ],
)
def test_the_hosts_of_a_call(clock, hosts, script, sent, verdict):
    world = World(clock, hosts, script=script)
    outcome, story = world.run(), world.story
    assert "".join(world.sent) == sent
    assert outcome.verdict.value == verdict
    assert [attempt.host.address for attempt in story.attempts] == list(sent)
    assert all(stats.in_flight == 0 for stats in world.lb.hosts())


def test_a_post_that_was_sent_is_not_sent_again(clock):
    world = World(clock, "abc", script={"a": ["unsent"], "b": ["retryable"]})
    outcome = world.run(Call("POST", "/"))
    assert world.sent == ["a", "b"]
    assert str(outcome.error) == "retryable on b"


def test_pauses_are_made_only_after_what_was_sent(clock):
    world = World(clock, "abcd", script={"a": ["unsent"], "b": ["retryable"], "c": ["retryable"]})
    world.run()
    assert world.slept == [1.0, 2.0]


def test_the_story_tells_when_where_and_what(clock):
    clock.advance(100)
    world = World(clock, "ab", script={"a": ["retryable"]})
    world.run()
    story = world.story
    told = [
        (a.host.address, a.started, a.elapsed, a.verdict.value, a.error) for a in story.attempts
    ]
    assert told == [
        ("a", 0.0, 0.5, "retryable", "retryable"),
        ("b", 1.5, 0.5, "accepted", "accepted"),
    ]
    assert story.ended - story.began == 2.0


def test_a_provider_is_asked_before_the_first_call_and_not_again(clock):
    world = World(clock, "ab")
    world.run()
    world.run()
    assert world.source.asked == 1
    assert world.sent == ["a", "b"]


@pytest.mark.parametrize(("updates", "asked", "sent"), [(1, 1, "a"), (2, 2, "ab"), (3, 3, "abc")])
def test_when_nothing_is_left_the_provider_is_asked_as_often_as_was_said(
    clock, updates, asked, sent
):
    script = {host: ["unsent"] for host in "abcd"}
    world = World(clock, "a", "ab", "abc", "abcd", updates=updates, script=script)
    outcome = world.run()
    assert isinstance(outcome.error, LbNoEndpointsException)
    assert world.source.asked == asked
    assert "".join(world.sent) == sent


def test_an_empty_list_ends_a_call_without_an_attempt(clock):
    world = World(clock, "", updates=3)
    outcome, story = world.run(), world.story
    assert outcome.verdict is Verdict.FAILED
    assert isinstance(outcome.error, LbNoEndpointsException)
    assert story.attempts == ()
    assert world.source.asked == 3


def test_a_provider_that_cannot_be_read_ends_a_call_as_an_outcome(clock):
    world = World(clock, ProviderError("no DNS"))
    outcome = world.run()
    assert str(outcome.error) == "no DNS"
    world = World(clock, "a", ProviderError("no DNS"), updates=2, script={"a": ["unsent"]})
    outcome, story = world.run(), world.story
    assert str(outcome.error) == "no DNS"
    assert len(story.attempts) == 1


def test_a_malformed_host_is_the_callers_to_hear_of(clock):
    world = World(clock, [5])
    with pytest.raises(InvalidHostError):
        world.run()
    assert world.lb.hosts()[0].in_flight == 0


def test_what_interrupts_an_attempt_frees_the_host(clock):
    world = World(clock, "a", script={"a": [MemoryError()]})
    with pytest.raises(MemoryError):
        world.run()
    assert world.lb.hosts()[0].in_flight == 0


def test_a_call_that_is_dropped_halfway_frees_the_host(clock):
    world = World(clock, "a")
    steps = world.engine.steps(world.engine.course(Call("GET", "/")))
    assert isinstance(next(steps), Block)
    world.lb.update()
    assert isinstance(steps.send(None), Send)
    assert world.lb.hosts()[0].in_flight == 1
    steps.close()
    assert world.lb.hosts()[0].in_flight == 0


def test_a_body_is_rewound_before_every_attempt_but_the_first(clock):
    class Counting:
        replayable = survives_unsent = True
        rewound = 0

        def rewind(self):
            self.rewound += 1

    world = World(clock, "abc", script={"a": ["retryable"], "b": ["unsent"]})
    body = Counting()
    world.run(Call("PUT", "/", body=body))
    assert len(world.sent) == 3
    assert body.rewound == 2


def test_an_answer_that_nobody_will_read_is_closed_before_the_next_attempt(clock):
    class Streamed:
        _content_consumed = False
        closed = 0

        def close(self):
            self.closed += 1

    world = World(clock, "ab", script={"a": ["retryable"]})
    answers, perform = [], world.perform

    def streaming(effect):
        result = perform(effect)
        if isinstance(effect, Send):
            answers.append(Streamed())
            return Outcome(result.judgement, answers[-1], result.error, result.elapsed)
        return result

    world.perform = streaming
    outcome = world.run()
    assert outcome.response is answers[1]
    assert [answer.closed for answer in answers] == [1, 0]


def test_a_host_that_failed_and_opened_is_not_used_again(clock):
    world = World(clock, "a", script={"a": ["retryable"]})
    perform = world.perform

    def opening(effect):
        result = perform(effect)
        if isinstance(effect, Send):
            effect.endpoint.open()
        return result

    world.perform = opening
    outcome, story = world.run(), world.story
    assert world.sent == ["a"]
    assert isinstance(outcome.error, LbNoEndpointsException)
    assert str(story.outcomes[-1].error) == "retryable on a"
