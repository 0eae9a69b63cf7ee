"""Several registrations of one process, which all end at once."""

import subprocess
import sys

import pytest

from ahoyhoy.registration.tenancy import leave_together
from ahoyhoy.testing import FakeClock

PROGRAM = """
import os, signal, sys, threading
from ahoyhoy.registration import Place, Registration, Registry

all_of_them = threading.Barrier(3)


class Crowded(Registry, Place):
    name = "crowded://"

    def place(self, entry, watch):
        self.watch = watch
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def keep(self, sick):
        pass

    def leave(self):
        all_of_them.wait(4)  # nobody is done before all have come
        os.write(1, b"left ")

    def wait(self, seconds):
        self.watch.wait(seconds)


made = [Registration(Crowded(), "users", ("10.0.0.1", port)) for port in (1, 2, 3)]
for registration in made:
    registration.start()
if sys.argv[1] == "SIGTERM":
    os.kill(os.getpid(), signal.SIGTERM)
"""


@pytest.mark.parametrize(("end", "status"), [("SIGTERM", -15), ("exit", 0)])
def test_at_the_end_of_a_program_they_deregister_side_by_side(end, status):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, end], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "left " * 3, "")


class Hung:
    """A tenancy whose registry says nothing."""

    def __init__(self, clock):
        self.clock = clock
        self.told = []

    def leave(self):
        self.told.append("leave")

    def join(self, seconds, patience):
        self.told.append((seconds, patience))
        self.clock.advance(seconds)


def test_whatever_hangs_they_are_waited_for_as_long_as_one_would_be():
    clock = FakeClock()
    hung = [Hung(clock) for _ in range(3)]
    leave_together(hung, 5.0, clock=clock)
    assert [one.told for one in hung] == [
        ["leave", (5.0, 5.0)],
        ["leave", (0.0, 5.0)],
        ["leave", (0.0, 5.0)],
    ]
