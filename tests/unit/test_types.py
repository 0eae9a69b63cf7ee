import copy
import inspect
import pickle

import pytest
import requests

from ahoyhoy._core import (
    IDEMPOTENT_METHODS,
    Attempt,
    Body,
    Call,
    CallStory,
    Deadline,
    Judgement,
    Outcome,
    Verdict,
)
from ahoyhoy.utils import Host


def test_the_methods_that_may_be_sent_twice_are_those_of_the_rfc():
    assert {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"} == IDEMPOTENT_METHODS


@pytest.mark.parametrize(
    ("method", "headers", "repeatable"),
    [
        ("GET", None, True),
        ("HEAD", {}, True),
        ("OPTIONS", None, True),
        ("PUT", None, True),
        ("DELETE", None, True),
        ("TRACE", None, True),
        ("POST", None, False),
        ("PATCH", None, False),
        ("CONNECT", None, False),
        ("PURGE", None, False),
        ("POST", {"Idempotency-Key": "7f"}, True),
        ("POST", {"idempotency-key": "7f"}, True),
        ("POST", [("IDEMPOTENCY-KEY", "7f")], True),
        ("PATCH", {"Idempotency-Key": "7f"}, True),
        ("POST", {"Idempotency-Key": ""}, False),
        ("POST", {"Idempotency-Key": None}, False),
        ("POST", {"X-Idempotency-Key": "7f"}, False),
    ],
)
def test_a_call_is_repeatable_by_its_method_or_its_idempotency_key(method, headers, repeatable):
    options = {} if headers is None else {"headers": headers}
    assert Call(method, "/", options=options).repeatable is repeatable


def test_no_headers_are_no_idempotency_key():
    assert not Call("POST", "/", options={"headers": None}).idempotency_key


def test_a_call_with_other_options_is_a_new_call_with_the_same_body():
    call = Call.of("post", "POST", "/x", (b"abc",), {"timeout": 1})
    other = call.with_options(timeout=2, stream=True)
    assert call.options == {"timeout": 1}
    assert other.options == {"timeout": 2, "stream": True}
    assert (other.method, other.url, other.args, other.verb) == ("POST", "/x", (b"abc",), "post")
    assert other.body is call.body


def test_a_call_notes_the_position_of_its_body(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        file.seek(4)
        call = Call.of("put", "PUT", "/", (), {"data": file})
        file.read()
        call.body.rewind()
        assert file.tell() == 4


def test_a_call_without_a_body_has_one_that_is_always_whole():
    assert isinstance(Call("GET", "/").body, Body)
    assert Call("GET", "/").body.replayable


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_host_is_to_blame_for_all_but_accepted_and_ignored(verdict):
    blamed = verdict not in (Verdict.ACCEPTED, Verdict.IGNORED)
    assert Judgement(verdict).is_failure is blamed


def test_an_outcome_with_an_error_raises_it_even_beside_a_response():
    error = ValueError("x")
    with pytest.raises(ValueError, match="x") as caught:
        Outcome(Judgement(Verdict.RETRYABLE), "response", error).unwrap()
    assert caught.value is error


def test_an_outcome_without_an_error_returns_its_response():
    outcome = Outcome(Judgement(Verdict.ACCEPTED), "response")
    assert outcome.unwrap() == "response"
    assert outcome.verdict is Verdict.ACCEPTED


def test_an_attempt_can_be_pickled_and_copied():
    attempt = Attempt(Host("a", 80), 0.5, 1.5, Verdict.UNSENT, error="connection refused")
    assert pickle.loads(pickle.dumps(attempt)) == attempt
    assert copy.copy(attempt) == attempt


@pytest.mark.parametrize(
    "value",
    [
        Judgement(Verdict.ACCEPTED),
        Call("GET", "/"),
        Outcome(Judgement(Verdict.ACCEPTED)),
        Attempt(Host("a", 80), 0.0, 0.0, Verdict.ACCEPTED),
    ],
    ids=lambda v: type(v).__name__,
)
def test_values_cannot_be_changed(value):
    name = next(iter(inspect.signature(type(value)).parameters))
    with pytest.raises(AttributeError):
        setattr(value, name, None)


def test_positional_arguments_of_request_are_known_by_their_names():
    call = Call.of("request", "POST", "/", (None, b"x", {"Idempotency-Key": "1"}), {"timeout": 1})
    assert call.args == ()
    assert call.options["data"] == b"x"
    assert call.options["timeout"] == 1
    assert call.repeatable


def test_the_names_are_in_the_order_of_requests():
    names = list(inspect.signature(requests.Session.request).parameters)[3:]
    call = Call.of("request", "GET", "/", tuple({"n": name} for name in names), {})
    assert call.options == {name: {"n": name} for name in names}


@pytest.mark.parametrize(
    ("args", "options", "text"),
    [
        ((None,) * 15, {}, "at most 16 arguments"),
        ((None, b"x"), {"data": b"y"}, "multiple values for data"),
    ],
)
def test_too_many_positional_arguments_of_request_are_a_type_error(args, options, text):
    with pytest.raises(TypeError, match=text):
        Call.of("request", "GET", "/", args, options)


def test_a_call_with_other_attributes_is_a_new_call(clock):
    call = Call.of("post", "POST", "/x", (b"abc",), {"timeout": 1})
    deadline = Deadline.after(1, clock)
    other = call.with_(deadline=deadline, priority="high", bypass=True)
    assert (call.deadline, call.priority, call.bypass) == (None, None, False)
    assert (other.deadline, other.priority, other.bypass) == (deadline, "high", True)
    assert (other.args, other.options, other.body) == (call.args, call.options, call.body)


def test_a_story_is_a_value():
    story = CallStory((Attempt(Host("a", 80), 0.0, 0.5, Verdict.ACCEPTED, 200),), 0.5)
    assert pickle.loads(pickle.dumps(story)) == story
    with pytest.raises(AttributeError):
        story.elapsed = 1
