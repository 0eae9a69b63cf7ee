import math
from http import HTTPStatus

import pytest

from ahoyhoy.propagation import current_deadline, current_priority, deadline
from ahoyhoy.propagation.admission import Admission, Refusal, Terms


@pytest.fixture
def admit(clock):
    """The terms of a request with such headers: `admit({"X-Request-Timeout": "2"}, default=5)`."""

    def make(headers, **options):
        headers = {name.lower(): value for name, value in headers.items()}
        return Admission(clock=clock, **options).admit(lambda name: headers.get(name.lower()))

    return make


@pytest.mark.parametrize(
    ("headers", "options", "left"),
    [
        ({}, {}, None),
        ({}, {"default": 10}, 10),
        ({"X-Request-Timeout": "2.5"}, {}, 2.5),
        ({"X-Request-Timeout": "2.5"}, {"default": 1}, 2.5),
        ({"grpc-timeout": "250m"}, {}, 0.25),
        ({"x-envoy-expected-rq-timeout-ms": "1500"}, {}, 1.5),
        ({"X-Request-Timeout": "2", "x-envoy-expected-rq-timeout-ms": "15000"}, {}, 2),
        ({"X-Request-Timeout": "20", "x-envoy-expected-rq-timeout-ms": "15000"}, {}, 15),
        ({"X-Request-Timeout": "1e9"}, {}, 3600),
        ({"X-Request-Timeout": "60"}, {"cap": 30}, 30),
        ({"X-Request-Timeout": "0.0051"}, {}, 0.0051),
        ({"X-Request-Timeout": "soon"}, {}, None),
        ({"X-Request-Timeout": "-1"}, {"default": 10}, 10),
        ({"X-Request-Timeout": "inf", "grpc-timeout": "1S"}, {"default": 10}, 1),
    ],
)
def test_the_shortest_good_header_counts_and_else_the_default(admit, headers, options, left):
    terms = admit(headers, **options)
    assert isinstance(terms, Terms)
    assert (terms.deadline and terms.deadline.remaining()) == left


@pytest.mark.parametrize("value", ["-1", "inf", "nan", "soon", "", "1,2"])
def test_a_bad_timeout_is_answered_400_when_so_asked(admit, value):
    headers = {"X-Request-Timeout": value, "grpc-timeout": "1S"}
    refusal = admit(headers, on_bad="reject")
    assert refusal == Refusal(
        HTTPStatus.BAD_REQUEST, "X-Request-Timeout must be seconds from 0 up, such as 2.5"
    )
    assert "X-Do-Not-Retry" not in refusal.headers


@pytest.mark.parametrize("on_bad", ["ignore", "reject"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-Timeout": "0"},
        {"X-Request-Timeout": "0.005"},
        {"grpc-timeout": "0n"},
        {"x-envoy-expected-rq-timeout-ms": "5"},
        {"X-Request-Timeout": "0.001", "x-envoy-expected-rq-timeout-ms": "15000"},
    ],
)
def test_a_request_that_is_late_is_answered_408_and_not_to_be_repeated(admit, headers, on_bad):
    refusal = admit(headers, on_bad=on_bad, default=10)
    assert refusal.status == HTTPStatus.REQUEST_TIMEOUT
    assert refusal.headers == {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(refusal.body)),
        "X-Do-Not-Retry": "1",
    }
    assert refusal.body == b"no time was left to answer this request\n"


@pytest.mark.parametrize(
    ("value", "level"),
    [("high", "high"), ("LOW", "low"), (" Normal ", "normal"), ("urgent", None), ("", None)],
)
@pytest.mark.parametrize("on_bad", ["ignore", "reject"])
def test_a_priority_comes_in_any_case_and_an_unknown_one_is_ignored(admit, value, level, on_bad):
    assert admit({"X-Request-Priority": value}, on_bad=on_bad).priority == level


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("billing", "billing"),
        (" my app ", "my app"),
        ("", None),
        ("b\x00d", None),
        ("b" * 129, None),
    ],
)
def test_the_callers_name_is_read_if_it_can_be_one(admit, value, name):
    assert admit({"X-Service-Name": value}).service_name == name


def test_terms_hold_in_their_block_only(admit):
    terms = admit({"X-Request-Timeout": "2", "X-Request-Priority": "low"})
    assert not terms.are_empty
    with terms.applied():
        assert current_deadline() is terms.deadline
        assert current_priority() == "low"
    assert (current_deadline(), current_priority()) == (None, None)


def test_terms_only_shorten_a_deadline_that_is_there(admit, clock):
    with deadline(1.0, clock=clock) as outer, admit({"grpc-timeout": "1M"}).applied():
        assert current_deadline() is outer


def test_empty_terms_change_nothing(admit, clock):
    terms = admit({"X-Service-Name": "billing"})
    assert terms.are_empty
    with deadline(1.0, clock=clock) as outer, terms.applied():
        assert current_deadline() is outer


@pytest.mark.parametrize("name", ["default", "cap"])
@pytest.mark.parametrize("value", [0, -1, 0.005, math.inf, math.nan, "2", True])
def test_settings_that_are_no_seconds_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be finite seconds above 0.005"):
        Admission(**{name: value})


def test_bad_headers_are_ignored_or_rejected_and_nothing_else():
    with pytest.raises(ValueError, match="""on_bad must be "ignore" or "reject", not 'drop'"""):
        Admission(on_bad="drop")
