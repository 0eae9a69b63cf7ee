import pytest
from requests.structures import CaseInsensitiveDict

from ahoyhoy._core import Call, Deadline
from ahoyhoy.propagation import Propagation


@pytest.fixture
def call(clock):
    """A GET for which somebody waits 2.5 s: `call({"headers": …}, priority="low")`."""

    def make(options=None, **changes):
        made = Call.of("get", "GET", "/users/1", (), options or {})
        return made.with_(deadline=Deadline.after(2.5, clock), **changes)

    return make


@pytest.mark.parametrize(
    ("timeout", "headers"),
    [
        ("X-Request-Timeout", {"X-Request-Timeout": "2.000000"}),
        ("grpc-timeout", {"grpc-timeout": "2000000u"}),
        ("x-envoy-expected-rq-timeout-ms", {"x-envoy-expected-rq-timeout-ms": "2000"}),
        (None, {}),
    ],
)
def test_the_time_left_when_it_is_sent_goes_out_in_one_header(call, clock, timeout, headers):
    made = call()
    clock.advance(0.5)
    assert Propagation(timeout=timeout)(made).options.get("headers", {}) == headers


def test_each_attempt_says_what_is_left_then(call, clock):
    propagation, made = Propagation(), call()
    lefts = []
    for _ in range(3):
        lefts.append(propagation(made).options["headers"]["X-Request-Timeout"])
        clock.advance(0.75)
    assert lefts == ["2.500000", "1.750000", "1.000000"]
    assert made.options == {}


def test_a_call_nobody_waits_for_says_nothing_of_time():
    call = Call.of("get", "GET", "/", (), {})
    assert Propagation()(call) is call


@pytest.mark.parametrize("level", ["high", "normal", "low"])
def test_the_priority_of_the_call_goes_out(call, level):
    sent = Propagation(timeout=None)(call(priority=level))
    assert sent.options["headers"] == {"X-Request-Priority": level}


def test_a_priority_stays_inside_when_so_asked(call):
    made = call(priority="high")
    assert Propagation(timeout=None, priority=False)(made) is made


def test_the_callers_own_name_goes_out(call):
    sent = Propagation(timeout=None, service_name="billing")(call())
    assert sent.options["headers"] == {"X-Service-Name": "billing"}


ALL = {"X-Request-Timeout": "2.500000", "X-Request-Priority": "low", "X-Service-Name": "billing"}


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        (None, ALL),
        ({}, ALL),
        ({"Accept": "*/*"}, {"Accept": "*/*", **ALL}),
        (CaseInsensitiveDict(Accept="*/*"), {"Accept": "*/*", **ALL}),
        ({"x-request-timeout": "9"}, {**ALL, "x-request-timeout": "9"}),
        (CaseInsensitiveDict({"X-REQUEST-TIMEOUT": "9"}), {**ALL, "X-REQUEST-TIMEOUT": "9"}),
        ({b"X-Request-Timeout": b"9"}, {**ALL, b"X-Request-Timeout": b"9"}),
        ({"X-Request-Timeout": None}, {**ALL, "X-Request-Timeout": None}),
    ],
)
def test_headers_that_the_caller_set_stay_as_they_are(call, headers, sent):
    propagation = Propagation(service_name="billing")
    made = propagation(call({"headers": headers, "timeout": 3}, priority="low"))
    own = {str(name).lower().strip("b'") for name in headers or ()}
    if "x-request-timeout" in own:
        sent = {name: value for name, value in sent.items() if name != "X-Request-Timeout"}
        sent.update(headers)
    assert made.options == {"headers": sent, "timeout": 3}


def test_the_callers_headers_are_not_changed(call):
    headers = {"Accept": "*/*"}
    Propagation()(call({"headers": headers}))
    assert headers == {"Accept": "*/*"}


def test_a_call_that_sets_all_of_them_is_left_alone(call):
    made = call({"headers": {"X-Request-Timeout": "1"}})
    assert Propagation()(made) is made


def test_what_are_no_headers_is_left_for_requests_to_complain_about(call):
    made = call({"headers": [("Accept", "*/*")]})
    assert Propagation()(made) is made


def test_a_request_with_positional_headers_keeps_them(clock):
    made = Call.of("request", "GET", "/", (None, None, {"Accept": "*/*"}), {})
    sent = Propagation()(made.with_(deadline=Deadline.after(1, clock)))
    assert sent.options["headers"] == {"Accept": "*/*", "X-Request-Timeout": "1.000000"}


def test_a_positional_body_stays_where_it_is(clock):
    made = Call.of("post", "POST", "/", (b"body",), {})
    sent = Propagation()(made.with_(deadline=Deadline.after(1, clock)))
    assert sent.args == (b"body",)
    assert sent.options == {"headers": {"X-Request-Timeout": "1.000000"}}


@pytest.mark.parametrize("timeout", ["X-Timeout", "", "x-request-timeout", 2.5])
def test_other_headers_are_refused(timeout):
    with pytest.raises(ValueError, match="timeout must be one of X-Request-Timeout, grpc-timeout"):
        Propagation(timeout=timeout)


@pytest.mark.parametrize("name", ["", " billing", "bill\r\ning", "b\u00fcro", "b" * 129, 7])
def test_names_that_no_header_can_hold_are_refused(name):
    with pytest.raises(ValueError, match="service_name must be"):
        Propagation(service_name=name)
