"""Gates for threads."""

import threading

from ahoyhoy._drivers.waiting import RealGate

SOON = 60


def test_a_gate_is_shut_until_it_is_opened_and_then_open_for_ever():
    gate = RealGate()
    assert gate.wait(0.0) is False
    assert gate.wait(-1.0) is False
    gate.open()
    gate.open()
    assert [gate.wait(0.0), gate.wait(), gate.wait(5)] == [True] * 3


def test_everybody_who_waits_at_a_gate_goes_through():
    gate, through = RealGate(), []
    threads = [threading.Thread(target=lambda: through.append(gate.wait(SOON))) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.open()
    for thread in threads:
        thread.join(SOON)
    assert through == [True] * 4


def test_a_gate_that_is_opened_again_while_somebody_goes_through_stays_open():
    gate = RealGate()

    class Turnstile:
        """The gate's lock; opened once more by another thread while it is passed."""

        def __init__(self, lock):
            self.lock = lock

        def acquire(self, *args, **kwargs):
            taken = self.lock.acquire(*args, **kwargs)
            gate._shut = self.lock
            gate.open()
            return taken

        def release(self):
            self.lock.release()

    gate.open()
    gate._shut = Turnstile(gate._shut)
    assert gate.wait(0.0) is True
    assert gate.wait(0.0) is True


def test_a_gate_may_be_opened_by_the_garbage_collector_in_the_thread_that_waits():
    gate = RealGate()

    class Dropped:
        def __del__(self):
            gate.open()

    def drop():
        dropped = Dropped()
        del dropped

    drop()
    assert gate.wait(SOON) is True
