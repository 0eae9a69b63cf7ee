"""close() ended the watch, and whoever waited for its first answer waited on for all of the timeout.

Closing within a listener of the log, which runs in the thread of the watch, was an error.
"""

import logging
import threading

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import Source, WatchedProvider
from unit.scripted_source import eventually


class Silent(Source):
    name = "test://silent"

    def __init__(self):
        self.begun = threading.Semaphore(0)

    def watch(self, watch):
        self.begun.release()
        watch.wait()
        yield []


class OneHost(Source):
    name = "test://one"

    def watch(self, watch):
        while True:
            yield [("10.0.0.1", 80)]
            watch.wait()


def test_they_are_told_at_once():
    source = Silent()
    provider = WatchedProvider(source, timeout=300.0)
    told = []

    def ask():
        with pytest.raises(
            ProviderError, match="it was closed before there was an answer"
        ) as error:
            provider.get_list()
        told.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert source.begun.acquire(timeout=30)
    eventually(lambda: provider._run is not None)
    while any(thread.is_alive() for thread in threads):
        provider.close()  # who comes late begins anew
        for thread in threads:
            thread.join(0.01)
    assert len(told) == 4


def test_a_closed_one_may_be_used_again():
    provider = WatchedProvider(Silent(), timeout=0.05)
    for _ in range(2):
        with pytest.raises(ProviderError, match="no answer within"):
            provider.get_list()
        provider.close()


def test_a_listener_of_the_log_may_close(caplog):
    provider = WatchedProvider(OneHost())
    errors = []
    heard = threading.Event()

    class Closing(logging.Handler):
        def emit(self, _record):
            try:
                provider.close()
            except Exception as error:
                errors.append(error)
            heard.set()

    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    logger, listener = logging.getLogger("ahoyhoy.discovery"), Closing()
    logger.addHandler(listener)
    try:
        assert len(provider.get_list()) == 1
        assert heard.wait(30)
    finally:
        logger.removeHandler(listener)
    provider.close()
    assert errors == []
