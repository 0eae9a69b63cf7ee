"""A `CachedProvider` that answers as it is told, and what its tests share."""

import threading

from ahoyhoy.lb.providers import CachedProvider, Fetched

A, B, C = ("10.0.0.1", 80), ("10.0.0.2", 80), ("10.0.0.3", 80)


class Draw:
    """A random number that is always the same."""

    def __init__(self, number=0.0):
        self.number = number

    def random(self):
        return self.number


class Scripted(CachedProvider):
    """Answers one after the other; the last one for ever. An exception is raised, a function called."""

    def __init__(self, *answers, ttl=10, **options):
        self.answers = list(answers)
        self.ttl = ttl
        self.calls = 0
        super().__init__("scripted", **{"rng": Draw(), **options})

    def _fetch(self):
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return Fetched(answer, self.ttl)


def settle():
    """Wait for the refreshes that are under way."""
    for thread in threading.enumerate():
        if thread.name.startswith("ahoyhoy-refresh"):
            thread.join(30)


def hosts(source):
    """What `get_list` returns once the refresh it may have begun is done."""
    source.get_list()
    settle()
    return [instance.host for instance in source.get_list()]


def messages(log, level):
    return [r.getMessage() for r in log.records if r.levelno == level]
