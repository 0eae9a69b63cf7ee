"""`ahoyhoy register` as a process, and what it says."""

import contextlib
import signal
import subprocess
import sys

import pytest

from integration.server_process import until

#: A service that says when it is told to end, and ends with 7; SIGUSR1 it only tells of.
SERVICE = """
import signal, sys, time
def ends(*_):
    print("told to end", flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, ends)
signal.signal(signal.SIGINT, ends)
signal.signal(signal.SIGQUIT, ends)
signal.signal(signal.SIGUSR1, lambda *_: print("told something", flush=True))
print("serves", flush=True)
while True:
    time.sleep(60)
"""


class Registering:
    """The process: its lines go into files, so that whoever reads them never waits."""

    def __init__(self, words, folder):
        self._out, self._err = folder / "out", folder / "err"
        self.words = words
        with self._out.open("wb") as out, self._err.open("wb") as err:
            command = [sys.executable, "-m", "ahoyhoy", "register", *words]
            self.process = subprocess.Popen(command, stdout=out, stderr=err)

    @property
    def out(self):
        return self._out.read_text()

    @property
    def err(self):
        return self._err.read_text()

    def says(self, text, *, times=1):
        """Wait until it has said that on stderr."""
        until(lambda: self.err.count(text) >= times)

    def serves(self):
        """Wait until its command runs."""
        until(lambda: "serves" in self.out)

    def ends(self):
        return self.process.wait(30)

    def send(self, number):
        self.process.send_signal(number)


@pytest.fixture
def begin(tmp_path):
    """`begin(url, service, *options, command=…)`: a process that registers 10.0.0.1:8080."""
    made = []

    def run(url, service, *options, command=(sys.executable, "-c", SERVICE)):
        folder = tmp_path / str(len(made))
        folder.mkdir()
        behind = ["--", *command] if command else []
        words = [url, service, "10.0.0.1:8080", "--ttl", "2", *options, *behind]
        made.append(Registering(words, folder))
        return made[-1]

    yield run
    for one in made:
        if one.process.poll() is None:
            one.send(signal.SIGTERM)
            one.send(signal.SIGTERM)  # not to wait
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(10)
        one.process.kill()
        one.process.wait()
