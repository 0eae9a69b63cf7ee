"""Scripted hosts: what a session gets from them, and when."""

import random
import threading

import pytest
import requests
from urllib3 import Timeout

from ahoyhoy._core import Cancellation, Deadline
from ahoyhoy.classifiers.verdicts import judge_error
from ahoyhoy.exceptions import DeadlineExceeded
from ahoyhoy.http.bounds import AttemptCancelledError, Bounds, bounding
from ahoyhoy.testing import FakeClock, Reply, ScriptedNetwork, Sent, exponential
from ahoyhoy.testing.callers import Caller
from ahoyhoy.testing.virtualtime import VirtualTime
from ahoyhoy.utils import Host

HOST = Host("10.0.0.1", 80)
URL = "http://10.0.0.1:80/x"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def world(clock):
    world = VirtualTime(clock)
    yield world
    world.close()


@pytest.fixture
def network(clock, world):
    return ScriptedNetwork(clock, time=world)


@pytest.fixture
def session(network):
    with network.session() as session:
        yield session


def failure(session, **options):
    with pytest.raises(requests.RequestException) as caught:
        session.get(URL, **options)
    return judge_error(caught.value).reason


def test_a_host_answers_what_it_was_told_to_and_takes_its_time(network, session, clock):
    network.script(HOST, Reply(201, 0.25, b"yes", {"X-Y": "z", "Set-Cookie": "a=b"}), Reply(404))
    answer = session.post(URL, data="body")
    assert (answer.status_code, answer.content, answer.headers["x-y"]) == (201, b"yes", "z")
    assert answer.cookies["a"] == "b"
    assert clock() == 0.25
    assert [session.get(URL).status_code for _ in range(2)] == [404, 404]
    assert network.sent == [
        Sent(0.0, HOST, "POST", "/x"),
        Sent(0.25, HOST, "GET", "/x"),
        Sent(0.25, HOST, "GET", "/x"),
    ]


def test_a_host_without_a_script_refuses_and_one_with_an_empty_one_answers(network, session):
    assert failure(session) == "connection refused"
    assert network.sent == []
    network.script(HOST)
    assert session.get(URL).status_code == 200


@pytest.mark.parametrize(
    ("reply", "reason", "took", "sent"),
    [
        (Reply(fault="refused"), "connection refused", 0, 0),
        (Reply(fault="unreachable"), "connect timeout", 2, 0),
        (Reply(fault="reset", seconds=1), "connection reset", 1, 1),
        (Reply(fault="reset", seconds=6), "read timeout", 5, 1),
        (Reply(fault="stall"), "read timeout", 5, 1),
        (Reply(seconds=5.1), "read timeout", 5, 1),
        (Reply(fault="drip", body=b"abc", interval=6), "read timeout", 5, 1),
    ],
    ids=repr,
)
def test_a_fault_costs_what_it_costs(network, session, clock, reply, reason, took, sent):
    network.script(HOST, reply)
    assert failure(session, timeout=(2, 5)) == reason
    assert clock() == took
    assert len(network.sent) == sent


@pytest.mark.parametrize(
    "timeout", [3, (9, 3), Timeout(connect=9, read=3), Timeout(total=3), None], ids=repr
)
def test_a_timeout_comes_in_any_form(network, session, clock, timeout):
    network.script(HOST, Reply(seconds=4))
    if timeout is None:
        assert session.get(URL).status_code == 200
    else:
        assert failure(session, timeout=timeout) == "read timeout"
    assert clock() == (4 if timeout is None else 3)


def test_an_answer_in_the_last_moment_is_in_time(network, session):
    network.script(HOST, Reply(seconds=3))
    assert session.get(URL, timeout=3).status_code == 200


def test_a_body_drips_while_it_is_read(network, session, clock):
    network.script(HOST, Reply(fault="drip", body=b"abc", seconds=1, interval=0.5))
    answer = session.get(URL, stream=True, timeout=2)
    assert clock() == 1
    parts = answer.iter_content(1)
    assert next(parts) == b"a"
    assert clock() == 1.5
    assert b"".join(parts) == b"bc"
    assert clock() == 2.5
    assert answer.raw._original_response.isclosed()


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_what_has_no_body_has_none(network, session, method, status):
    network.script(HOST, Reply(status, body=b"never"))
    assert session.request(method, URL).content == b""


def test_an_unread_body_is_there_until_it_is_closed(network, session):
    network.script(HOST, Reply(body=b"x" * 5000))
    answer = session.get(URL, stream=True)
    stream = answer.raw._original_response
    assert not stream.isclosed()
    assert answer.raw.read(10) == b"x" * 10
    answer.close()
    assert stream.isclosed()


def test_a_function_decides_by_request_time_and_chance(network, session, clock):
    def behaviour(request, at, rng):
        assert isinstance(rng, random.Random)
        if request.method == "POST":
            return lambda *_: Reply(405)
        return Reply(200 if at < 1 else 503)

    network.script(HOST, behaviour)
    assert session.post(URL).status_code == 405
    assert session.get(URL).status_code == 200
    clock.advance(1)
    assert session.get(URL).status_code == 503


def test_chance_is_the_same_in_every_run(clock):
    def times(network):
        network.script(HOST, Reply(seconds=exponential(1)))
        session = network.session()
        return [session.get(URL) and network._clock() for _ in range(20)]

    first = times(ScriptedNetwork(FakeClock()))
    assert first == times(ScriptedNetwork(FakeClock()))
    assert first != times(ScriptedNetwork(FakeClock(), rng=random.Random(5)))


def test_what_is_no_reply_is_told(network, session):
    network.script(HOST, lambda *_: 200)
    with pytest.raises(TypeError, match=r"Reply\(…\) or functions that return it, not 200"):
        session.get(URL)


@pytest.mark.parametrize(
    "wrong", [{"fault": "explode"}, {"seconds": -1}, {"interval": -1}, {"interval": float("nan")}]
)
def test_a_reply_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"must be one of 'refused'|from 0 up"):
        Reply(**wrong)


STOPPED = [
    Reply(seconds=9),
    Reply(fault="stall"),
    Reply(fault="drip", body=b"ab", interval=9),
    Reply(fault="unreachable"),
]


@pytest.mark.parametrize("reply", STOPPED, ids=repr)
def test_a_request_is_stopped_at_once_wherever_it_waits(network, session, world, clock, reply):
    network.script(HOST, reply)
    stop = Cancellation()

    def request():
        with bounding(Bounds(cancellation=stop)), pytest.raises(AttemptCancelledError):
            session.get(URL)
        return clock()

    caller = Caller(world, request)
    world.sleep(2)
    stop.cancel()
    assert caller.result() == 2
    assert stop._abort is None


def test_one_that_was_stopped_before_it_began_ends_at_once(network, session, clock):
    network.script(HOST, Reply(seconds=9))
    stop = Cancellation()
    stop.cancel()
    with bounding(Bounds(cancellation=stop)), pytest.raises(AttemptCancelledError):
        session.get(URL)
    assert clock() == 0
    assert session.get(URL).status_code == 200


@pytest.mark.parametrize("timeout", [None, 30])
def test_no_body_is_read_past_the_deadline_of_its_call(network, session, clock, timeout):
    network.script(HOST, Reply(fault="drip", body=b"x" * 100, interval=1))
    with bounding(Bounds(Deadline.after(2.5, clock))):
        answer = session.get(URL, stream=True, timeout=timeout)
    with pytest.raises(DeadlineExceeded):
        _ = answer.content
    assert clock() == 2.5


def test_threads_send_beside_each_other(network, session, world, clock):
    network.script(HOST, Reply(seconds=1), Reply(seconds=3), Reply(seconds=2))

    def request():
        session.get(URL)
        return clock()

    callers = [Caller(world, request) for _ in range(3)]
    assert [caller.result() for caller in callers] == [1, 3, 2]
    assert threading.active_count() < 50
