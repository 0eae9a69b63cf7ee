import importlib
import pickle

import pybreaker
import pytest
import requests

from ahoyhoy import exceptions
from ahoyhoy._core import Attempt, Verdict
from ahoyhoy.utils import Host

ERRORS = [
    error
    for error in vars(exceptions).values()
    if isinstance(error, type) and issubclass(error, exceptions.AhoyhoyError)
]
ATTEMPT = Attempt(Host("a", 80), 0.0, 0.5, Verdict.UNSENT, error="connection refused")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda e: e.__name__)
def test_every_error_can_be_pickled_with_its_text_and_attempts(kind):
    error = kind("the text")
    assert error.attempts == ()
    error.attempts = (ATTEMPT,)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == "the text"
    assert copy.attempts == (ATTEMPT,)


@pytest.mark.parametrize(
    ("kind", "families"),
    [
        ("AhoyhoyClientException", ()),
        ("AhoyhoyRequestsException", (requests.RequestException, IOError)),
        ("ClientNoEndpointsException", (requests.ConnectionError,)),
        ("LbNoEndpointsException", (exceptions.AhoyhoyLbException,)),
        ("InvalidProviderError", (TypeError, AssertionError, exceptions.AhoyhoyLbException)),
        ("InvalidHostError", (ValueError,)),
        ("ProviderError", (requests.ConnectionError, exceptions.AhoyhoyLbException)),
        (
            "CircuitOpenError",
            (RuntimeError, pybreaker.CircuitBreakerError, requests.ConnectionError),
        ),
        ("Ahoyhoy500Exception", (requests.HTTPError, exceptions.AhoyhoyClassifiersException)),
        ("BuilderError", (TypeError, AssertionError)),
    ],
)
def test_an_error_belongs_to_the_families_that_users_catch(kind, families):
    error = getattr(exceptions, kind)("x")
    for family in (*families, exceptions.AhoyhoyError):
        assert isinstance(error, family)


@pytest.mark.parametrize(
    "path", ["ahoyhoy.client.exceptions", "ahoyhoy.lb.exceptions", "ahoyhoy.classifiers.exceptions"]
)
def test_the_paths_of_4x_name_the_same_classes(path):
    module = importlib.import_module(path)
    for name in module.__all__:
        assert getattr(module, name) is getattr(exceptions, name)
