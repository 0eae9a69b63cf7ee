"""A `Source` that tells what the test has it tell, and what its tests share."""

import queue
import threading

import pytest

from ahoyhoy.lb.providers.watching.watch import Source
from ahoyhoy.lb.providers.watching.watchedprovider import WatchedProvider
from unit.scripted_provider import Draw


class Told(Source):
    """Tells what it is given by `tell`: a list is yielded, an exception raised, None returns."""

    name = "told://hosts"

    def __init__(self, *answers):
        self.begun = 0
        self.closed = threading.Event()
        self.script = queue.SimpleQueue()
        self.tell(*answers)

    def tell(self, *answers):
        for answer in answers:
            self.script.put(answer)

    def watch(self, watch):
        self.begun += 1
        try:
            while True:
                # A session does this by itself.
                watch.cancellation.arm(lambda: self.script.put(None))
                answer = self.script.get()
                watch.cancellation.disarm()
                if isinstance(answer, BaseException):
                    raise answer
                if answer is None:
                    return
                yield answer
        finally:
            self.closed.set()


def watched(*answers, **options):
    """A provider that has told these, and comes back at once when its watch breaks."""
    return WatchedProvider(Told(*answers), **{"rng": Draw(0.0), **options})


def eventually(condition):
    """Wait for a condition that another thread makes true."""
    for _ in range(2000):
        if value := condition():
            return value
        threading.Event().wait(0.005)
    raise AssertionError("never")


@pytest.fixture
def make():
    """Makes what `watched` does, closed at the end."""
    made = []

    def begin(*answers, **options):
        made.append(watched(*answers, **options))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def hosts(source):
    return [instance.host for instance in source.get_list()]


def tell(source, *answers):
    source._source.tell(*answers)


def known(source):
    return source._listing.known
