"""Ctrl-C while a connection went back to its pool: every later request to that host hung."""

import threading

import pytest

from ahoyhoy import Session
from ahoyhoy.http import fast
from issues.interrupts import interrupts


# One that comes while a finalizer or a generator's end runs is reported, and gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("settings", [{}, {"deadline": 60.0}], ids=["plain", "with a deadline"])
def test_the_next_request_goes_through_wherever_an_interrupt_comes(serve, settings, monkeypatch):
    # On the stock way requests takes the lock of the cookie jar, which an interrupt leaves taken.
    monkeypatch.setattr(fast, "ENABLED", True)
    server = serve()
    places = 0
    with Session(server.url, **settings) as session:
        session.get("/")
        for _ in interrupts(lambda: session, lambda session: session.get("/")):
            thread = threading.Thread(target=session.get, args=("/",), daemon=True)
            thread.start()
            thread.join(20)
            assert not thread.is_alive()
            places += 1
    assert places > 50
