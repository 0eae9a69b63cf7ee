"""A check that hung kept the registration from ending; after five seconds it was given up in silence."""

import logging
import threading

from ahoyhoy.registration import Registration, registration
from unit.scripted_registry import Scripted


def test_it_is_told(monkeypatch, caplog):
    monkeypatch.setattr(registration, "_PATIENCE", 0.05)
    caplog.set_level(logging.WARNING, "ahoyhoy.registration")
    asked, over = threading.Event(), threading.Event()

    def check():
        asked.set()
        return over.wait(60)

    with Registration(Scripted(), "users", ("10.0.0.1", 80), check=check):
        assert asked.wait(60)
    over.set()
    (message,) = caplog.messages
    assert message.startswith("scripted://registry: users at 10.0.0.1:80: not deregistered within")
