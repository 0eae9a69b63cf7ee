"""A trial whose outcome an interrupt took left the circuit half-open for ever: no request again."""

import pybreaker
import pytest

from ahoyhoy.circuit import CircuitBreaker
from ahoyhoy.testing import FakeClock
from issues.interrupts import interrupts


def due(*listeners):
    """A circuit whose next call is the trial."""
    clock = FakeClock()
    breaker = CircuitBreaker(failure_threshold=1, clock=clock, listeners=listeners)
    with pytest.raises(ZeroDivisionError):
        breaker.call(lambda: 1 / 0)
    clock.advance(100)
    return breaker


def works(breaker):
    breaker.clock.advance(100)
    return breaker.call(lambda: "answer") == "answer" and breaker.current_state == "closed"


def fail(breaker):
    with pytest.raises(ZeroDivisionError):
        breaker.call(lambda: 1 / 0)


# One that comes while a finalizer runs is reported, and gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("trial", [lambda breaker: breaker.call(int), fail], ids=["good", "bad"])
def test_a_circuit_recovers_wherever_an_interrupt_comes(trial):
    places = 0
    for breaker in interrupts(due, trial):
        assert works(breaker), f"interrupted at place {places}"
        places += 1
    assert places > 10


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("state", ["half-open", "closed"])
def test_a_listener_may_be_interrupted_while_its_traceback_is_kept(interrupt, state):
    class Interrupted(pybreaker.CircuitBreakerListener):
        armed = True

        def state_change(self, _breaker, _old, new):
            if new.name == state and self.armed:
                self.armed = False
                raise interrupt

    breaker = due(Interrupted())
    with pytest.raises(interrupt) as kept:
        breaker.call(int)
    assert works(breaker)
    assert kept.tb
