"""Circuits that share by a Redis that is slow, full, away, or not what it was said to be."""

import os
import warnings

import pytest

from ahoyhoy.circuit import ClosedState, OpenState, redisoffice
from integration.redis_server import Redis
from integration.server_process import free_port, pause, until
from integration.shared_circuits import (  # noqa: F401 - fixtures among them
    ACCEPTED,
    circuits,
    fail,
    listening,
    server,
    threads,
)

pytestmark = pytest.mark.server("redis-server")

FULL = ["--maxmemory", "1mb", "--maxmemory-policy", "noeviction"]


def test_while_redis_is_away_each_finds_out_by_itself_and_they_share_again(
    circuits, caplog, request
):
    caplog.set_level("INFO", "ahoyhoy.circuit")
    with Redis() as server:
        one, other = (circuits(server.url, break_duration=30)("a:1") for _ in range(2))
        listening(server, request.node.name, 2)
        server.kill()
        fail(one)
        assert one.state is OpenState
        for what in ("told", "heard"):
            warning = f"is not {what} by Redis (key {request.node.name})"
            until(lambda warning=warning: any(warning in text for text in caplog.messages))
        assert other.state is ClosedState
        server.start()  # with nothing in it
        until(lambda: other.state is OpenState)
        until(lambda: any("is heard by Redis again" in text for text in caplog.messages))


def test_in_a_redis_that_is_full_news_spread_all_the_same(circuits, request):
    with Redis(settings=FULL) as server:
        one, other = circuits(server.url)("a:1"), circuits(server.url)("a:1")
        listening(server, request.node.name, 2)
        fail(one)
        until(lambda: other.state is OpenState)
        assert server.client.zcard(request.node.name) == 0


def test_a_redis_that_was_never_there_is_no_error(circuits):
    made = circuits(f"redis://127.0.0.1:{free_port()}/0")
    breaker = made("a:1")
    fail(breaker)
    assert breaker.state is OpenState


def test_a_user_who_may_not_publish_is_told(server, circuits, caplog):
    server.client.acl_setuser(
        "mute", enabled=True, nopass=True, keys="*", channels="*", commands=["+@all", "-publish"]
    )
    fail(circuits(server.url.replace("//", "//mute:any@"))("a:1"))
    until(lambda: any("not told" in text and "publish" in text for text in caplog.messages))


def test_what_is_found_out_while_redis_hangs_is_told_when_it_answers_again(
    circuits, monkeypatch, request
):
    monkeypatch.setattr(redisoffice, "_SILENCE", 0.5)
    with Redis() as server:
        made, other = (circuits(server.url, break_duration=60) for _ in range(2))
        found = [made(f"a:{port}") for port in range(500)]
        hearing = [other(f"a:{port}") for port in range(500)]
        listening(server, request.node.name, 2)
        server.stop_answering()
        for breaker in found:
            fail(breaker)
        pause(3)  # until the connections are given up
        assert {breaker.state for breaker in hearing} == {ClosedState}
        server.answer_again()
        until(lambda: {breaker.state for breaker in hearing} == {OpenState})
        assert len(threads()) == 4


def test_who_flushes_redis_takes_nothing_from_those_who_listen(server, circuits, request):
    one, other = (circuits(break_duration=60) for _ in range(2))
    before, after = one("a:1"), one("b:1")
    hearing = [other("a:1"), other("b:1"), other("c:1"), other("d:1")]
    listening(server, request.node.name, 2)
    fail(before)
    until(lambda: hearing[0].state is OpenState)
    until(lambda: server.client.zcard(request.node.name))
    server.client.flushall()
    assert hearing[0].state is OpenState
    fail(after)
    until(lambda: hearing[1].state is OpenState)
    until(lambda: server.client.zrange(request.node.name, 0, -1) == [b"b:1"])


def test_a_redis_that_restarts_has_the_news_again_within_seconds(circuits, request):
    with Redis() as server:
        one, other = (circuits(server.url, break_duration=60) for _ in range(2))
        for number in range(3):
            found, hearing = one(f"a:{number}"), other(f"a:{number}")
            listening(server, request.node.name, 2)
            fail(found)
            until(lambda hearing=hearing: hearing.state is OpenState)
            server.kill()
            server.start()
        assert len(threads()) == 4


def test_a_wrong_password_is_logged_once_and_never_shown(circuits, caplog, request):
    def warned():
        return [text for text in caplog.messages if f"(key {request.node.name})" in text]

    with Redis(password="right") as server:
        made = circuits(server.url.replace("//", "//:s3cret@"))
        breaker = made("a:1")
        fail(breaker)
        assert breaker.state is OpenState
        until(lambda: len(warned()) == 2)
        pause(1.5)  # it tries again
        assert [text.split(" by ")[0].split()[-1] for text in sorted(warned())] == ["heard", "told"]
        assert all("AuthenticationError" in text for text in warned())
        assert "s3cret" not in caplog.text


def test_a_key_of_another_kind_is_named_and_shared_circuits_begin_when_it_is_gone(
    server, circuits, caplog, request
):
    key = request.node.name
    server.client.set(key, "something else")
    one, other = circuits(break_duration=60)("a:1"), circuits()("a:1")
    fail(one)
    until(lambda: any(f"not heard by Redis (key {key})" in text for text in caplog.messages))
    assert "WRONGTYPE" in caplog.text
    assert server.client.get(key) == b"something else"
    assert other.state is ClosedState
    server.client.delete(key)
    listening(server, key, 2)
    fail(circuits(break_duration=60)("a:1"))
    until(lambda: other.state is OpenState)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_forked_while_redis_hangs_finds_out_by_itself_and_hears_later(circuits, request):
    with Redis() as server:
        made = circuits(server.url, break_duration=60)
        breaker, busy = made("a:1"), made("b:1")
        listening(server, request.node.name, 1)
        server.stop_answering()
        fail(busy)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
            pid = os.fork()
        if pid == 0:
            code = 1
            try:
                own = made("c:1")
                fail(own)
                assert own.state is OpenState
                breaker.acquire().record(ACCEPTED)
                until(lambda: breaker.state is OpenState, within=40)
                made.close()
                code = 0
            finally:
                os._exit(code)
        server.answer_again()
        listening(server, request.node.name, 2)
        until(lambda: server.client.zscore(request.node.name, "c:1"))  # the child's
        fail(circuits(server.url, break_duration=60)("a:1"))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
