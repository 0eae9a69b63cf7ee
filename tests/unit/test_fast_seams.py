"""What was patched is noticed, whoever did it and whenever."""

import functools
import http.client
import types
from unittest import mock

import pytest
import requests
import urllib3

from ahoyhoy.http.fast.responses import UNDERSTOOD
from ahoyhoy.http.fast.seams import SESSION, TRANSPORT, Seams


def test_nothing_is_patched_here():
    assert SESSION.untouched()
    assert TRANSPORT.untouched()


@pytest.mark.parametrize(
    ("seams", "target"),
    [
        # OpenTelemetry, Sentry, Datadog, New Relic, Elastic, X-Ray; requests-mock, responses, vcrpy
        (SESSION, "requests.Session.send"),
        (SESSION, "requests.Session.request"),
        (SESSION, "requests.Session.get_adapter"),
        (SESSION, "requests.Session.prepare_request"),
        (SESSION, "requests.sessions.preferred_clock"),
        (SESSION, "requests.models.PreparedRequest.prepare_url"),
        (TRANSPORT, "requests.adapters.HTTPAdapter.send"),
        (TRANSPORT, "urllib3.connectionpool.HTTPConnectionPool.urlopen"),
        (TRANSPORT, "urllib3.connectionpool.HTTPConnectionPool._make_request"),
        (TRANSPORT, "urllib3.connectionpool.HTTPConnectionPool.ConnectionCls"),
        (TRANSPORT, "urllib3.connection.HTTPConnection.request"),
        (TRANSPORT, "http.client.HTTPConnection.putrequest"),
        (TRANSPORT, "http.client.HTTPConnection.putheader"),
        (TRANSPORT, "http.client.HTTPConnection.request"),
        (TRANSPORT, "http.client.HTTPConnection.endheaders"),
        (TRANSPORT, "http.client.HTTPConnection.send"),
        (TRANSPORT, "http.client.HTTPConnection.getresponse"),
        (TRANSPORT, "http.client.HTTPConnection._send_request"),
        (TRANSPORT, "http.client.HTTPConnection"),
        (TRANSPORT, "http.client.HTTPResponse.read"),
        (TRANSPORT, "http.client.HTTPResponse"),
    ],
)
def test_what_is_patched_is_noticed_while_it_is(seams, target):
    with mock.patch(target):
        assert not seams.untouched()
    assert seams.untouched()


class Owner:
    """Stands in for a class of requests."""


def put(function):
    return type("Owner", (), {"send": function})


def test_a_function_of_theirs_is_stock():
    assert Seams((put(requests.Session.send), "send")).untouched()


@functools.wraps(requests.Session.send)
def wrapped(*args):
    return requests.Session.send(*args)


def disguised(*args):
    return requests.Session.send(*args)


disguised.__module__ = "requests.sessions"


@pytest.mark.parametrize(
    "patch",
    [
        wrapped,
        disguised,
        mock.Mock(),
        functools.partial(requests.Session.send),
        types.MethodType(disguised, "self"),
        property(disguised),
        Owner,
        Owner(),
        pytest,
    ],
)
def test_what_was_patched_before_the_import_is_noticed(patch):
    assert not Seams((put(patch), "send")).untouched()


@pytest.mark.parametrize(
    "stock",
    [
        urllib3.HTTPResponse,
        urllib3.connection.HTTPConnection.is_connected,
        urllib3.response.HTTPResponse._error_catcher,
        requests.models.complexjson,
        http.client.HTTPConnection.debuglevel,
    ],
)
def test_what_came_with_its_package_is_stock(stock):
    assert Seams((put(stock), "send")).untouched()


def test_these_versions_are_understood():
    assert UNDERSTOOD


def test_names_of_other_versions_are_left_out():
    assert Seams((requests.Session, "send carrier_pigeon")).untouched()
