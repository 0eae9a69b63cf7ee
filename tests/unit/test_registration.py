"""A registration in a registry that is scripted: its thread, and what the registry is told when."""

import logging
import os
import threading
import warnings

import pytest

from ahoyhoy.lb.providers import RefusedError
from ahoyhoy.registration import Registration
from ahoyhoy.registration.tenancy import leave_together
from ahoyhoy.utils import Host, Instance
from unit.scripted_provider import messages
from unit.scripted_registry import Always, Scripted, turn
from unit.scripted_source import eventually

HOST = ("10.0.0.1", 8080)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.registration")
    return caplog


@pytest.fixture
def register():
    """Registrations that are closed at the end."""
    made = []

    def make(registry, *, entered=True, **options):
        options = {"ttl": 2.0, "rng": Always(), **options}
        made.append(Registration(registry, "users", HOST, **options))
        if entered:
            made[-1].start()
        return made[-1]

    yield make
    for registration in made:
        registration.close()


def in_child(check):
    """The exit code of a forked child that runs `check`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
        child = os.fork()
    if child == 0:
        code = 1
        try:
            check()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_it_registers_renews_three_times_per_ttl_and_deregisters(register):
    registry = Scripted()
    with register(registry, entered=False, ttl=15.0, rng=Always(0.5)) as registration:
        eventually(lambda: registration.registered)
        eventually(lambda: registry.waited)
        turn(registration)
        eventually(lambda: len(registry.told) == 2)
        eventually(lambda: len(registry.waited) == 2)
    assert registry.told == [("keep", None), ("keep", None), ("leave",)]
    assert registry.waited == [4.5, 4.5]  # a third, and by chance up to a fifth less
    assert not registration.registered
    assert registry.open == 0


@pytest.mark.parametrize(
    ("check", "why"),
    [
        (lambda: False, "its check says so"),
        (lambda: 1 / 0, "its check raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_service_that_is_not_well_is_told_so_and_that_it_is_well_again(register, log, check, why):
    answer = [check]
    registry = Scripted()
    registration = register(registry, check=lambda: answer[0]())
    eventually(lambda: registry.waited)
    assert not registration.registered
    assert registration.error is None
    answer[0] = lambda: True
    turn(registration)
    eventually(lambda: registration.registered)
    assert registry.told == [("keep", why), ("keep", None)]
    eventually(lambda: len(registry.waited) == 2)
    answer[0] = check
    turn(registration)
    eventually(lambda: not registration.registered)
    what = "scripted://registry: users at 10.0.0.1:8080"
    assert messages(log, logging.WARNING) == [f"{what}: unhealthy: {why}"] * 2
    assert messages(log, logging.INFO) == [f"{what}: registered"]


def test_errors_are_told_once_and_tried_again(register, log):
    registry = Scripted(OSError("away"), OSError("away"), RefusedError("no"))
    registration = register(registry)
    eventually(lambda: registration.error)
    eventually(lambda: registration.registered)
    assert registration.error is None
    assert registry.told == [("keep", None)] * 4
    what = "scripted://registry: users at 10.0.0.1:8080"
    assert messages(log, logging.WARNING) == [f"{what}: not registered: OSError: away"]
    assert messages(log, logging.INFO) == [f"{what}: registered"]


def test_after_an_error_it_comes_back_as_soon_as_it_would_renew(register):
    registry = Scripted()
    registration = register(registry, rng=Always(1.0), entered=False)
    tenancy = registration._new_tenancy()
    assert [tenancy._failed(OSError()) for _ in range(3)] == [pytest.approx(2 / 3)] * 3
    tenancy._rng = Always(0.0)
    assert tenancy._failed(OSError()) == pytest.approx(2 / 30)


def test_what_is_lost_while_it_is_entered_is_given_up(register, log):
    """It tries to deregister once more, and says how long the entry is there."""
    registry = Scripted(None, OSError("away"), OSError("still away"))
    registration = register(registry)
    eventually(lambda: registry.waited)
    registration.close()
    assert registry.told == [("keep", None), ("leave",), ("leave",)]
    assert messages(log, logging.WARNING)[-1] == (
        "scripted://registry: users at 10.0.0.1:8080: not deregistered (OSError: still away):"
        " if it is there, it stays until its TTL is over"
    )


def test_it_deregisters_although_the_registry_was_away(register):
    registry = Scripted(OSError("away"))
    registration = register(registry, rng=Always(1.0), ttl=60.0)
    eventually(lambda: registration.error)
    registration.close()
    assert registry.told == [("keep", None), ("leave",)]


def test_a_registry_that_was_never_asked_is_not_asked_to_forget(register):
    registry = Scripted(unreachable=True)
    registration = register(registry, rng=Always(1.0), ttl=60.0)
    eventually(lambda: registration.error)
    registry.unreachable = False
    registration.close()
    assert registry.told == []


def test_nobody_registers_who_leaves_during_the_first_check(register):
    asked, answer = threading.Event(), threading.Event()

    def check():
        asked.set()
        return answer.wait(10)

    registry = Scripted()
    registration = register(registry, check=check)
    assert asked.wait(10)
    threading.Timer(0.05, answer.set).start()
    registration.close()
    assert registry.told == [("leave",)]


def test_a_check_may_end_the_registration(register):
    registry = Scripted()
    made = []
    registration = register(registry, check=lambda: made[0].close(), entered=False)
    made.append(registration)
    registration.start()
    eventually(lambda: ("leave",) in registry.told)


def test_it_is_entered_once_and_may_be_entered_again(register):
    registry = Scripted()
    registration = register(registry)
    tenancy = registration._tenancy
    registration.start()
    assert registration._tenancy is tenancy
    registration.close()
    with registration:
        eventually(lambda: registration.registered)


def test_a_with_inside_of_another_is_an_error_and_the_outer_one_goes_on(register):
    registry = Scripted()
    with register(registry, entered=False) as registration:
        eventually(lambda: registration.registered)
        tenancy = registration._tenancy
        with pytest.raises(RuntimeError, match=r"is entered already.*: leave that with out"):
            registration.__enter__()
        assert registration._tenancy is tenancy
        assert ("leave",) not in registry.told
    assert registry.told[-1] == ("leave",)


def test_the_thread_is_a_daemon_and_ends_with_the_registration(register):
    def threads():
        return [t for t in threading.enumerate() if t.name == "ahoyhoy-registration users"]

    registration = register(Scripted())
    assert [thread.daemon for thread in threads()] == [True]
    registration.close()
    assert threads() == []


def test_without_a_thread_it_is_not_entered(register, monkeypatch):
    registration = register(Scripted(), entered=False)

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            registration.start()
    registration.start()
    eventually(lambda: registration.registered)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_neither_renews_nor_deregisters(register):
    registry = Scripted()
    registration = register(registry)
    eventually(lambda: registration.registered)

    def check():
        assert not registration.registered
        registration.close()
        assert registry.told == [("keep", None)]
        with pytest.raises(RuntimeError, match="was entered by the process that forked"):
            registration.start()

    assert in_child(check) == 0
    assert registration.registered


def test_what_a_fork_leaves_of_it(register):
    """In the child; here its thread is ended by hand."""
    registration = register(Scripted())
    tenancy = registration._tenancy
    registration._after_fork()
    registration.close()
    assert not registration.registered
    with pytest.raises(RuntimeError, match="enter it in one of them only"):
        registration.start()
    leave_together([tenancy], 5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_may_enter_what_its_parent_has_not(register):
    registration = register(Scripted(), entered=False)

    def check():
        with registration:
            eventually(lambda: registration.registered)

    assert in_child(check) == 0


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "name is that of a service such as 'users', not ''"),
        ({"name": "a/b"}, "name is that of a service"),
        ({"name": None}, "name is that of a service"),
        ({"host": ("10.0.0.1", None)}, "host needs its port"),
        ({"host": ("0.0.0.0", 80)}, "give the address that others reach"),
        ({"host": ("::", 80)}, "give the address that others reach"),
        ({"host": ("10.0.0.1", 99999)}, "is not a port"),
        ({"check": "yes"}, "check is a function without arguments"),
        ({"ttl": 1}, "ttl must be seconds from 2 up, not 1"),
        ({"ttl": float("inf")}, "ttl must be seconds"),
        ({"ttl": "15"}, "ttl must be seconds"),
        ({"registry": "nothing://here"}, "'nothing://' is no registry"),
    ],
)
def test_what_cannot_be_is_refused_at_once(wrong, why):
    given = {"registry": Scripted(), "name": "users", "host": HOST, **wrong}
    with pytest.raises(ValueError, match=why):
        Registration(**given)


def test_an_entry_is_what_it_was_given():
    instance = Instance(Host("::1", 8080), weight=2, zone="a")
    registration = Registration(Scripted(), "users", instance)
    assert registration._entry.instance is instance
    assert repr(registration) == "<Registration of users at [::1]:8080>"
    assert not registration.registered
    assert registration.error is None
    registration.close()
