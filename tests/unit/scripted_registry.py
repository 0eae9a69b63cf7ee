"""A registry that does what the test has it do, and what its tests share."""

import queue

from ahoyhoy.registration import Place, Registry


class Always:
    """A chance that is always the same."""

    def __init__(self, number=0.0):
        self.number = number

    def random(self):
        return self.number

    def getrandbits(self, _count):
        return 1


class Scripted(Registry):
    """Writes down what it is told. Each `keep` and `leave` raises what is next in `errors`."""

    name = "scripted://registry"

    def __init__(self, *errors, unreachable=False):
        self.errors = list(errors)
        self.unreachable = unreachable
        self.told = []
        self.waited = []
        self.open = 0
        self.turns = queue.SimpleQueue()

    def place(self, entry, watch):
        return Written(self, entry, watch)

    def fail(self):
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error


class Written(Place):
    def __init__(self, registry, entry, watch):
        self.registry, self.entry, self.watch = registry, entry, watch

    def __enter__(self):
        if self.registry.unreachable:
            raise OSError("nobody there")
        self.registry.open += 1
        return self

    def __exit__(self, *_):
        self.registry.open -= 1

    def keep(self, sick):
        self.registry.told.append(("keep", sick))
        self.registry.fail()

    def leave(self):
        self.registry.told.append(("leave",))
        self.registry.fail()

    def wait(self, seconds):
        """Until the test calls `turn`, or it is time to leave."""
        self.registry.waited.append(seconds)
        self.watch.wait()


def turn(registration):
    """Have it renew now."""
    registration._tenancy._watch.wake()
