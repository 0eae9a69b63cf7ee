"""After an interrupt in the middle of a call, its host counted one request in flight for ever."""

import pytest

from ahoyhoy import RoundRobinLB
from issues.interrupts import interrupts
from issues.test_an_interrupt_lost_a_lock import client_of, get


# One that comes while a finalizer or a generator's end runs is reported, and gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_request_is_in_flight_wherever_an_interrupt_comes():
    places = 0
    for client in interrupts(lambda: client_of(RoundRobinLB), get):
        assert [host.in_flight for host in client.hosts()] == [0, 0], f"at place {places}"
        places += 1
    assert places > 50
