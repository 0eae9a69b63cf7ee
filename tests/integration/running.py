"""A client that is used all the time, and what is seen of it."""

import collections
import threading

from ahoyhoy.events import AttemptEnded, HostsChanged
from integration.server_process import pause, until


class Running:
    """Four threads that call. `with Running(build, balancer) as running:`."""

    def __init__(self, build, balancer):
        self._changes = []
        self._client = build(balancer, add_listener=self._hear)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(4)]
        self._served = collections.deque(maxlen=200)
        self.failures = []
        self.calls = 0

    def _hear(self, event):
        if isinstance(event, HostsChanged):
            self._changes.append(event)
        elif isinstance(event, AttemptEnded):
            self._served.append(event.attempt.host)

    def _call(self):
        while not self._end.is_set():
            try:
                assert self._client.get("/").status_code == 200
                self.calls += 1
            except Exception as error:
                self.failures.append(error)
            pause(0.005)

    def hosts(self):
        """Who serves now: each host's share of the calls from now on."""
        self._served.clear()
        until(lambda: len(self._served) >= 100 or self.failures)
        served = list(self._served)
        return {host: count / len(served) for host, count in collections.Counter(served).items()}

    def serves(self, *hosts):
        """Wait until these and no others serve."""
        until(lambda: set(self.hosts()) == set(hosts) or self.failures)

    def hears(self, *, added=(), removed=(), within=20):
        """Wait for the event that says so."""
        event = HostsChanged(tuple(added), tuple(removed))
        until(lambda: event in self._changes, within=within)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()
        if kind is None:
            assert self.failures == []
            assert self.calls > 100
