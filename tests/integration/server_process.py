"""A server process on loopback that a test starts, stops, kills and starts again."""

import abc
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import dns.exception
import requests


def free_port():
    """A port of 127.0.0.1 that neither UDP nor TCP uses now."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port


def pause(seconds):
    """Let real time pass."""
    threading.Event().wait(seconds)


def until(condition, *, within=20.0):
    """Wait for a condition and return its value; an AssertionError if it never becomes true."""
    end = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {within} s"
        pause(0.02)
    return value


class ServerProcess(abc.ABC):
    """Started on entry, killed on exit whatever state it is in."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="ahoyhoy-"))
        self.dir.chmod(0o755)  # for servers that give up their rights
        self._ports = set()
        self.port = self.new_port()
        self._process = None

    def new_port(self):
        """One that nobody has, and that was not given to this server before."""
        while (port := free_port()) in self._ports:
            pass
        self._ports.add(port)
        return port

    @abc.abstractmethod
    def command(self):
        """The program and its arguments."""

    @abc.abstractmethod
    def answers(self):
        """Whether it is ready. May raise OSError or an error of requests or dnspython."""

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def through(self, port):
        """Within it, whoever asks where it is is told this port."""
        own, self.port = self.port, port
        try:
            yield
        finally:
            self.port = own

    def start(self):
        """Start it, or start it again: with nothing in it, on the same port."""
        # Should the tests be killed, the server goes too.
        guard = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        with (self.dir / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*guard, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self._ready, within=180)  # a busy machine takes its time

    def _ready(self):
        assert self._process.poll() is None, (self.dir / "log").read_text()
        with contextlib.suppress(OSError, requests.RequestException, dns.exception.DNSException):
            return self.answers()

    def stop_answering(self):
        """SIGSTOP: its port stays open, and nothing comes back."""
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # its threads stop one after the other

    def answer_again(self):
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self):
        """SIGKILL, which ends a stopped process as well."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.dir)
