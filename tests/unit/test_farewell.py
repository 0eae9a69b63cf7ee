"""What is done at SIGTERM, with the handlers that were there and those that come."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from ahoyhoy.registration import Registration
from ahoyhoy.registration.farewell import Farewell
from unit.scripted_registry import Scripted


@pytest.fixture
def heard():
    """What happened at SIGTERM, in order; the handler of the program says "program"."""
    events = []
    before = signal.signal(signal.SIGTERM, lambda *_: events.append("program"))
    yield events
    signal.signal(signal.SIGTERM, before)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_comes_before_what_was_to_happen(heard):
    farewell = Farewell(lambda: heard.append("left"))
    farewell.install()
    terminate()
    assert heard == ["left", "program"]
    farewell.remove()
    terminate()
    assert heard == ["left", "program", "program"]


def test_several_are_heard_though_the_first_was_removed_first(heard):
    first, second = (Farewell(lambda n=n: heard.append(n)) for n in ("first", "second"))
    first.install()
    second.install()
    first.remove()  # the place is the second's
    terminate()
    assert heard == ["second", "first", "program"]
    second.remove()
    first.remove()


def test_those_that_were_removed_from_behind_are_gone_with_the_one_in_front(heard):
    program = signal.getsignal(signal.SIGTERM)
    first, second = Farewell(lambda: heard.append("first")), Farewell(lambda: None)
    first.install()
    second.install()
    first.remove()
    second.remove()
    assert signal.getsignal(signal.SIGTERM) is program


@pytest.mark.parametrize("count", [1, 2])
def test_registrations_that_leave_in_the_order_in_which_they_came_may_come_again(heard, count):
    program = signal.getsignal(signal.SIGTERM)
    entered = [Registration(Scripted(), "users", ("10.0.0.1", n + 1)) for n in range(count)]
    for _ in range(3):
        for registration in entered:
            registration.start()
        for registration in entered:
            registration.close()
        assert signal.getsignal(signal.SIGTERM) is program
        entered[0].start()
        terminate()
        assert heard.pop() == "program"
        assert not heard


def test_a_registration_may_come_again_behind_a_handler_that_calls_it(heard):
    with Registration(Scripted(), "users", ("10.0.0.1", 1)) as registration:
        called = signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, lambda *frame: called(*frame))
    with registration:
        terminate()
    assert heard == ["program"]


@pytest.mark.parametrize("present", [signal.SIG_IGN, None])
def test_who_ignores_sigterm_or_has_no_handler_of_pythons_is_left_alone(
    heard, monkeypatch, present
):
    monkeypatch.setattr(signal, "getsignal", lambda _number: present)
    Farewell(lambda: heard.append("left")).install()
    terminate()
    assert heard == ["program"]


def test_outside_of_the_main_thread_nothing_is_installed(heard):
    farewell = Farewell(lambda: heard.append("left"))
    thread = threading.Thread(target=farewell.install)
    thread.start()
    thread.join()
    terminate()
    assert heard == ["program"]


def test_a_program_without_a_handler_ends_as_ever():
    code = """
import os, signal
from ahoyhoy.registration.farewell import Farewell
Farewell(lambda: print("left", flush=True)).install()
os.kill(os.getpid(), signal.SIGTERM)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, "left\n")
