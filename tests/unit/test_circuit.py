import pybreaker
import pytest
import requests

from ahoyhoy.circuit import Circuit, CircuitBreaker, ClosedState, HalfOpenState, OpenState
from ahoyhoy.exceptions import Ahoyhoy500Exception, CircuitOpenError
from ahoyhoy.retries import Retry


@pytest.fixture
def circuit(clock):
    return Circuit(CircuitBreaker(clock=clock))


def raiser(error):
    def function(*_args, **_kwargs):
        raise error

    return function


def test_a_new_circuit_is_in_the_closed_state_the_class():
    assert Circuit()._state == ClosedState
    assert Circuit().is_closed()
    assert not Circuit().is_open()
    assert Circuit().available


def test_it_opens_and_closes_by_hand(circuit):
    circuit.open()
    assert (circuit.is_open(), circuit.is_closed(), circuit.available) == (True, False, False)
    circuit.close()
    assert (circuit.is_open(), circuit.is_closed(), circuit.available) == (False, True, True)


@pytest.mark.parametrize("error", [RuntimeError, pybreaker.CircuitBreakerError, CircuitOpenError])
def test_opening_an_open_and_closing_a_closed_one_is_an_error_of_three_families(circuit, error):
    with pytest.raises(error, match=r"^State is already closed\.$"):
        circuit.close()
    circuit.open()
    with pytest.raises(error, match=r"^State is already open\.$"):
        circuit.open()


@pytest.mark.parametrize("state", [ClosedState, OpenState])
def test_any_state_can_be_set(circuit, state):
    circuit.change_state(state)
    assert circuit._state is state
    circuit.change_state(state)
    assert circuit._state is state


def test_half_open_by_hand_means_that_a_trial_is_due(circuit):
    circuit.change_state(HalfOpenState)
    assert circuit.is_open()
    assert circuit.available
    assert circuit.guard().trial


@pytest.mark.parametrize("state", ["open", None, object])
def test_what_is_no_state_is_refused(circuit, state):
    with pytest.raises(TypeError, match="give ClosedState, HalfOpenState, OpenState"):
        circuit.change_state(state)


def test_a_half_open_circuit_can_be_set_by_hand(circuit):
    circuit.change_state(HalfOpenState)
    circuit.guard()
    circuit.close()
    assert circuit.is_closed()
    circuit.change_state(HalfOpenState)
    circuit.guard()
    circuit.open()
    assert circuit.is_open()
    assert not circuit.available


def test_dispatch_gives_the_sessions_method(circuit, stub):
    circuit._session = stub("answer")
    assert circuit.dispatch("get")("/") == "answer"


def test_dispatch_of_an_open_circuit_raises_until_a_trial_is_due(circuit, stub):
    circuit._session = stub("answer")
    circuit.open()
    with pytest.raises(RuntimeError, match="Circuit state is open, no connections possible"):
        circuit.dispatch("get")
    circuit.change_state(HalfOpenState)
    assert circuit.dispatch("get")("/") == "answer"


def test_classify_calls_through_the_circuit(circuit, answer):
    response = answer(404)
    assert circuit.classify(lambda *a, **k: (response, a, k), 1, b=2) == (response, (1,), {"b": 2})
    circuit.open()
    with pytest.raises(CircuitOpenError):
        circuit.classify(pytest.fail)


@pytest.mark.parametrize(
    ("error", "failures"),
    [
        (requests.ConnectionError(), 1),
        (requests.ReadTimeout(), 1),
        (ConnectionRefusedError(), 2),
        (requests.exceptions.InvalidURL(), 0),
        (TypeError(), 0),
        (requests.HTTPError(), 0),
    ],
    ids=repr,
)
def test_classify_counts_what_the_host_did_and_not_the_programmers_mistakes(
    circuit, error, failures
):
    with pytest.raises(type(error)) as caught:
        circuit.classify(raiser(error))
    assert caught.value is error
    assert circuit.breaker.fail_counter == failures


def test_classify_raises_a_5xx_answer_and_counts_it(circuit, answer):
    with pytest.raises(Ahoyhoy500Exception) as caught:
        circuit.classify(lambda: answer(503))
    assert caught.value.response.status_code == 503
    assert circuit.breaker.fail_counter == 1


def test_a_4xx_answer_is_an_answer(circuit, answer):
    assert circuit.classify(lambda: answer(404)).status_code == 404
    assert circuit.breaker.fail_counter == 0


def test_what_the_exception_callback_returns_is_the_result_and_the_failure_counts(circuit):
    circuit._exc = lambda error: f"caught {error}"
    assert circuit.classify(raiser(ConnectionResetError("x"))) == "caught x"
    assert circuit.breaker.fail_counter == 1


def test_what_the_exception_callback_raises_is_raised(circuit):
    circuit._exc = raiser(LookupError("other"))
    with pytest.raises(LookupError, match="other"):
        circuit.classify(raiser(ConnectionResetError()))


def test_the_exception_callback_does_not_hear_of_a_refused_call(circuit):
    circuit._exc = pytest.fail
    circuit.open()
    with pytest.raises(CircuitOpenError):
        circuit.classify(raiser(ConnectionResetError()))


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, GeneratorExit, SystemExit])
def test_an_interruption_is_no_exception_for_the_callback_and_frees_the_trial(
    circuit, interruption
):
    circuit._exc = pytest.fail
    circuit.change_state(HalfOpenState)
    with pytest.raises(interruption):
        circuit.classify(raiser(interruption()))
    assert circuit.available


def test_a_retry_function_repeats_through_the_circuit_and_every_failure_counts(circuit, answer):
    script = [ConnectionResetError(), ConnectionResetError(), answer(200)]

    def flaky():
        item = script.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    circuit._retry = Retry(tries=5, sleep=lambda _: None)
    assert circuit.classify(flaky).status_code == 200
    assert circuit.breaker.fail_counter == 0
    assert script == []


def test_a_retry_function_ends_when_the_circuit_opens_with_the_error_that_says_so(circuit):
    calls = []

    def down():
        calls.append(1)
        raise ConnectionResetError

    circuit._retry = Retry(tries=-1, sleep=lambda _: None)
    with pytest.raises(CircuitOpenError):
        circuit.classify(down)
    assert len(calls) == 5


def test_a_retry_function_that_gives_up_raises_what_came_last(circuit):
    errors = [ConnectionResetError("1"), ConnectionResetError("2")]

    def down():
        raise errors.pop(0)

    circuit._retry = Retry(tries=2, sleep=lambda _: None)
    with pytest.raises(ConnectionResetError, match="2"):
        circuit.classify(down)
