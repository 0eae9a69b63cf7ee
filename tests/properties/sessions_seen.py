"""A stock session and a quick one, and all that can be seen of what they give their adapters."""

import http.cookiejar
import os
import re
from contextlib import contextmanager
from unittest import mock

import requests
from requests.adapters import BaseAdapter

from ahoyhoy.http import fast
from ahoyhoy.http.ownsession import OwnSession


class Quick(OwnSession):
    """A session that counts the calls that took the fast path."""

    quick = 0

    def _prepared(self, *args):
        request = super()._prepared(*args)
        self.quick += request is not None
        return request


class Recorder(BaseAdapter):
    """Answers each request with an empty 200, and keeps what it was given."""

    def __init__(self):
        super().__init__()
        self.given = []

    def send(self, request, **options):
        self.given.append((request, options))
        response = requests.Response()
        response.status_code = 200
        response._content = b""
        response._content_consumed = True
        response.url = request.url
        response.request = request
        return response

    def close(self):
        pass


def seen_of_request(request):
    """All that can be seen of a prepared request."""
    seen = dict(vars(request))
    headers, jar = seen.pop("headers"), seen.pop("_cookies")
    return {
        "values": typed(seen),
        "kind": type(request),
        "attributes": list(vars(request)),
        "headers": (type(headers), [typed(item) for item in headers._store.items()]),
        "store": type(headers._store),
        "jar": seen_of_jar(jar),
    }


def seen_of_jar(jar):
    """All that can be seen of a jar, but for when it was last looked at."""
    if not isinstance(jar, http.cookiejar.CookieJar):
        return typed(jar)
    policy = {name: value for name, value in vars(jar._policy).items() if name != "_now"}
    return {
        "kind": type(jar),
        "attributes": vars(jar).keys() - {"_now"},
        "cookies": [vars(cookie) for cookie in jar],
        "policy": (type(jar._policy), policy),
    }


def typed(value):
    """The value and its type, and those of what is in it."""
    if isinstance(value, dict):
        return type(value), {name: (type(name), typed(item)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value), [typed(item) for item in value]
    return type(value), value


def seen_of_error(error):
    """All that can be seen of an error."""
    return {
        "type": type(error),
        "text": re.sub("0x[0-9a-f]+", "", str(error)),
        "args": [re.sub("0x[0-9a-f]+", "", repr(arg)) for arg in getattr(error, "args", ())],
        "request": seen_of_half_made(getattr(error, "request", None)),
        "cause": type(error.__cause__),
        "context": type(error.__context__),
    }


def seen_of_half_made(request):
    if request is None:
        return None
    headers = None if request.headers is None else list(request.headers.items())
    return request.method, request.url, headers, request.body


@contextmanager
def calm(home):
    """No netrc file and no variables of the machine's own; the fast path is on."""
    before = dict(os.environ)
    for name in before:
        if name.lower().endswith("_proxy") or name in _SAYING:
            del os.environ[name]
    os.environ["HOME"] = str(home)
    try:
        with mock.patch.object(fast, "ENABLED", True):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


_SAYING = ("NETRC", "REQUEST_METHOD", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def make_sessions():
    """A stock session and a quick one, with a recorder each."""
    for kind in (requests.Session, Quick):
        session = kind()
        for scheme in ("http://", "https://"):
            session.mount(scheme, Recorder())
        yield session


def outcome(session, call):
    """What the session's adapter was given for a call, its result, and the session after it."""
    session.adapters["https://"] = recorder = session.adapters["http://"]
    recorder.given.clear()
    try:
        response = session.request(**call)
    except Exception as error:
        result = seen_of_error(error)
    else:
        result = (response.status_code, response.url, response.history, type(response.elapsed))
    return {
        "given": [(seen_of_request(request), typed(told)) for request, told in recorder.given],
        "result": result,
        "cookies": seen_of_jar(session.cookies),
    }
