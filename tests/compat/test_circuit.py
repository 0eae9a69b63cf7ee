"""`Circuit` and its states as 4.x had them."""

import pytest
import requests

from ahoyhoy.circuit import Circuit, ClosedState, OpenState
from ahoyhoy.classifiers.exceptions import Ahoyhoy500Exception
from ahoyhoy.retries import Retry


class Service:
    """Fails so many times, then answers with a status."""

    def __init__(self, failures=0, status=200, error=requests.ConnectionError):
        self.failures = failures
        self.status_code = status
        self.reason = "reason"
        self.url = "url"
        self.calls = []
        self._error = error

    def __call__(self, *args, **kwargs):
        self.calls.append((args, kwargs))
        if len(self.calls) <= self.failures:
            raise self._error("failed")
        return self


def test_a_new_circuit_is_closed_and_its_state_is_the_class():
    circuit = Circuit()
    assert circuit._state == ClosedState
    assert circuit._state is ClosedState
    assert (circuit.is_closed(), circuit.is_open(), circuit.available) == (True, False, True)


def test_change_state_changes_it():
    circuit = Circuit()
    circuit.change_state(OpenState)
    assert circuit._state == OpenState
    assert (circuit.is_closed(), circuit.is_open(), circuit.available) == (False, True, False)
    circuit.change_state(ClosedState)
    assert circuit._state == ClosedState


def test_closing_a_closed_one_is_an_error():
    circuit = Circuit()
    with pytest.raises(RuntimeError, match="already closed"):
        circuit.close()
    assert circuit._state == ClosedState


def test_opening_an_open_one_is_an_error():
    circuit = Circuit()
    circuit.open()
    with pytest.raises(RuntimeError, match="already open"):
        circuit.open()
    assert circuit._state == OpenState
    circuit.close()
    assert circuit._state == ClosedState


def test_classify_calls_with_all_arguments_and_returns_the_result():
    service = Service()
    assert Circuit().classify(service, 1, a=2) is service
    assert service.calls == [((1,), {"a": 2})]


@pytest.mark.parametrize("retry", [Retry(exceptions=requests.ConnectionError, tries=3), None])
def test_classify_calls_through_the_retry_function(retry):
    circuit = Circuit()
    circuit._retry = retry
    service = Service(failures=1)
    if retry is None:
        with pytest.raises(requests.ConnectionError):
            circuit.classify(service, 1, a=2)
    else:
        assert circuit.classify(service, 1, a=2) is service
        assert service.calls == [((1,), {"a": 2})] * 2


def test_classify_through_an_open_one_is_an_error_and_calls_nothing():
    circuit = Circuit()
    circuit.open()
    service = Service()
    with pytest.raises(RuntimeError, match="Circuit state is open, no connections possible"):
        circuit.classify(service)
    assert service.calls == []


@pytest.mark.parametrize("status", [500, 503, 599])
def test_classify_raises_a_5xx_answer(status):
    with pytest.raises(Ahoyhoy500Exception) as raised:
        Circuit().classify(Service(status=status))
    assert raised.value.response.status_code == status


def test_classify_asks_the_exception_callback_for_a_result():
    circuit = Circuit()
    circuit._exc = type
    assert circuit.classify(Service(failures=1)) is requests.ConnectionError


def test_failures_open_it():
    circuit = Circuit()
    service = Service(failures=99)
    for _ in range(5):
        with pytest.raises(requests.ConnectionError):
            circuit.classify(service)
    assert circuit._state == OpenState
    assert len(service.calls) == 5


def test_dispatch_gives_the_sessions_method_unless_it_is_open():
    circuit = Circuit()
    circuit._session = Service()
    assert circuit.dispatch("calls") == []
    circuit.open()
    with pytest.raises(RuntimeError, match="no connections possible"):
        circuit.dispatch("calls")
