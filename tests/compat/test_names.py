"""Every import path and signature that users of 4.x rely on."""

import importlib
import inspect
import random

import pybreaker
import pytest
import requests

from ahoyhoy.circuit import Circuit
from ahoyhoy.client import Client, LBClientBuilder, SessionClientBuilder, SimpleClient
from ahoyhoy.endpoints import Endpoint, SimpleHttpEndpoint
from ahoyhoy.http import SessionProxy
from ahoyhoy.lb import RandomLB, RoundRobinLB
from ahoyhoy.retries import Retry
from ahoyhoy.utils import Host

NAMES = {
    "ahoyhoy": ["__version__"],
    "ahoyhoy.circuit": ["Circuit", "ClosedState", "OpenState"],
    "ahoyhoy.circuit.circuit": ["Circuit", "ClosedState", "OpenState"],
    "ahoyhoy.classifiers": ["raise_for_status"],
    "ahoyhoy.classifiers.exceptions": ["Ahoyhoy500Exception", "AhoyhoyClassifiersException"],
    "ahoyhoy.classifiers.servererror": ["raise_for_status"],
    "ahoyhoy.client": ["Client", "LBClientBuilder", "SessionClientBuilder", "SimpleClient"],
    "ahoyhoy.client.builder": ["IClientBuilder", "LBClientBuilder", "SessionClientBuilder"],
    "ahoyhoy.client.client": ["Client", "SimpleClient"],
    "ahoyhoy.client.exceptions": [
        "AhoyhoyClientException",
        "AhoyhoyRequestsException",
        "ClientNoEndpointsException",
    ],
    "ahoyhoy.endpoints": ["Endpoint", "SimpleHttpEndpoint"],
    "ahoyhoy.endpoints.endpoint": ["Endpoint", "SimpleHttpEndpoint"],
    "ahoyhoy.http": ["SessionProxy"],
    "ahoyhoy.http.proxy": ["SessionProxy"],
    "ahoyhoy.lb": ["RandomLB", "RoundRobinLB"],
    "ahoyhoy.lb.exceptions": [
        "AhoyhoyLbException",
        "LbNoEndpointsException",
        "URLIsUnresolvedException",
    ],
    "ahoyhoy.lb.iloadbalancer": ["ILoadBalancer"],
    "ahoyhoy.lb.providers": ["ListProvider"],
    "ahoyhoy.lb.providers.iprovider": ["IProvider"],
    "ahoyhoy.lb.providers.listprovider": ["ListProvider"],
    "ahoyhoy.lb.randomlb": ["RandomLB"],
    "ahoyhoy.lb.roundrobinlb": ["RoundRobinLB"],
    "ahoyhoy.retries": ["Retry"],
    "ahoyhoy.retries.retries": ["Retry"],
    "ahoyhoy.servicediscovery": ["ServiceDiscoveryAdapter", "ServiceDiscoveryHttpClient"],
    "ahoyhoy.servicediscovery.servicediscovery": [
        "ServiceDiscoveryAdapter",
        "ServiceDiscoveryHttpClient",
    ],
    "ahoyhoy.utils": ["Host"],
    "ahoyhoy.utils.django": ["get_cookies", "get_headers"],
    "ahoyhoy.utils.host": ["Host"],
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names]
)
def test_a_name_is_where_it_was(module, name):
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", NAMES)
def test_a_name_is_the_same_object_wherever_it_is_imported_from(module):
    package = ".".join(module.split(".")[:2])
    for name in NAMES[module]:
        shorter = getattr(importlib.import_module(package), name, None)
        assert shorter is None or shorter is getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (Client, ["lb", "ep_list_update_tries"]),
        (SimpleClient, ["session", "retry_http_call"]),
        (SimpleHttpEndpoint, ["session", "retry"]),
        (
            Endpoint,
            [
                "host",
                "pre_callback",
                "post_callback",
                "exception_callback",
                "classify",
                "retry",
                "session",
            ],
        ),
        (SessionProxy, ["session", "pre_callback", "post_callback", "exception_callback"]),
        (RoundRobinLB, ["provider", "session"]),
        (RandomLB, ["provider", "session", "random_function"]),
        (Retry, ["retry_func"]),
        (Host, ["address", "port"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_positional_parameters_are_in_their_old_order(function, parameters):
    positional = [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    assert positional == parameters


def test_defaults_are_the_old_ones():
    assert inspect.signature(Client).parameters["ep_list_update_tries"].default == 1
    assert inspect.signature(RandomLB).parameters["random_function"].default == random.randint
    for function in (Endpoint, SimpleClient, SimpleHttpEndpoint, SessionProxy):
        defaults = {
            p.default
            for p in inspect.signature(function).parameters.values()
            if p.kind is p.POSITIONAL_OR_KEYWORD
        }
        assert defaults == {None}


@pytest.mark.parametrize(
    ("builder", "steps"),
    [
        (
            LBClientBuilder,
            ["add_lb", "add_session", "add_headers", "add_retries", "set_endpoint_updates"],
        ),
        (SessionClientBuilder, ["add_session", "add_headers", "add_retries"]),
    ],
)
def test_builders_have_their_steps_and_each_returns_the_builder(builder, steps):
    arguments = {
        "add_lb": RoundRobinLB(importlib.import_module("ahoyhoy.lb.providers").ListProvider()),
        "add_session": requests.Session(),
        "add_headers": {"a": "b"},
        "add_retries": Retry(tries=2),
        "set_endpoint_updates": 3,
    }
    built = builder()
    for step in steps:
        assert getattr(built, step)(arguments[step]) is built
    assert built.build() is not None


def test_errors_are_of_their_old_families():
    lb = importlib.import_module("ahoyhoy.lb.exceptions")
    client = importlib.import_module("ahoyhoy.client.exceptions")
    classifiers = importlib.import_module("ahoyhoy.classifiers.exceptions")
    assert issubclass(lb.LbNoEndpointsException, lb.AhoyhoyLbException)
    assert issubclass(lb.URLIsUnresolvedException, lb.AhoyhoyLbException)
    assert issubclass(client.ClientNoEndpointsException, client.AhoyhoyClientException)
    assert issubclass(client.ClientNoEndpointsException, requests.ConnectionError)
    assert issubclass(client.AhoyhoyRequestsException, client.AhoyhoyClientException)
    assert issubclass(client.AhoyhoyRequestsException, requests.RequestException)
    assert issubclass(classifiers.Ahoyhoy500Exception, classifiers.AhoyhoyClassifiersException)
    assert issubclass(classifiers.Ahoyhoy500Exception, requests.HTTPError)


def test_classes_are_of_their_old_families():
    lb = importlib.import_module("ahoyhoy.lb.iloadbalancer")
    providers = importlib.import_module("ahoyhoy.lb.providers.iprovider")
    lists = importlib.import_module("ahoyhoy.lb.providers")
    discovery = importlib.import_module("ahoyhoy.servicediscovery")
    assert issubclass(Endpoint, Circuit)
    assert issubclass(RoundRobinLB, lb.ILoadBalancer)
    assert issubclass(RandomLB, lb.ILoadBalancer)
    assert issubclass(lists.ListProvider, providers.IProvider)
    assert issubclass(discovery.ServiceDiscoveryHttpClient, discovery.ServiceDiscoveryAdapter)
    assert issubclass(discovery.ServiceDiscoveryHttpClient, SessionProxy)
    assert issubclass(Host, tuple)


def test_an_open_circuits_error_is_pybreakers_and_a_runtime_error():
    circuit = Circuit()
    circuit.open()
    for family in (RuntimeError, pybreaker.CircuitBreakerError):
        with pytest.raises(family):
            circuit.open()
