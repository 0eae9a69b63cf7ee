"""Stand-ins shared by the unit tests: a clock, sessions that record, a network without sockets."""

import io
import random

import pytest
import requests
import trustme
from requests.adapters import BaseAdapter

from ahoyhoy._core import Judgement, Outcome, Verdict
from ahoyhoy.testing.clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def rng():
    return random.Random(7)


@pytest.fixture
def answer():
    """Makes a `requests.Response` as an adapter would: `answer(503)`."""

    def make(status=200, url="http://a:1/", body=b""):
        response = requests.Response()
        response.status_code = status
        response.reason = {200: "OK", 503: "Service Unavailable"}.get(status, "")
        response.url = url
        response._content = body
        response._content_consumed = True
        response.encoding = "utf-8"
        return response

    return make


@pytest.fixture
def outcome(answer):
    """Makes the outcome of an attempt: `outcome("unsent")`, `outcome("retryable", status=503)`."""

    def make(verdict, *, status=None, elapsed=0.0, error=None, **judgement):
        verdict = Verdict(verdict)
        response = None if status is None else answer(status)
        if response is None and error is None and verdict is not Verdict.ACCEPTED:
            error = requests.ConnectionError(verdict.value)
        return Outcome(Judgement(verdict, **judgement), response, error, elapsed, status)

    return make


class StubSession:
    """Some verbs, nothing else: what a duck-typed session may be. Records its calls.

    Each call takes the next of `script`: an exception to raise, a function to call, or a result.
    The last one is used for ever.
    """

    def __init__(self, *script):
        self.script = list(script)
        self.calls = []

    def _next(self, verb, url, args, kwargs):
        self.calls.append((verb, url, args, kwargs))
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, BaseException):
            raise item
        return item() if callable(item) else item

    def get(self, url, *args, **kwargs):
        return self._next("get", url, args, kwargs)

    def post(self, url, *args, **kwargs):
        return self._next("post", url, args, kwargs)


@pytest.fixture
def stub():
    return StubSession


class RecordingAdapter(BaseAdapter):
    """The transport of a real `requests.Session`: no sockets, answers from a script as above."""

    def __init__(self, *script):
        super().__init__()
        self.script = list(script)
        self.requests = []
        self.options = []

    def send(self, request, **options):
        self.requests.append(request)
        self.options.append(options)
        body = request.body
        if hasattr(body, "read"):
            body = body.read()
        elif body is not None and not isinstance(body, (str, bytes)):
            body = b"".join(body)
        request.read_body = body
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, BaseException):
            if isinstance(item, requests.RequestException):
                item.request = request
            raise item
        status = item if isinstance(item, int) else item(request)
        response = requests.Response()
        response.status_code = status
        response.url = request.url
        response.request = request
        response.reason = ""
        response._content = b""
        response._content_consumed = True
        response.encoding = "utf-8"
        return response

    def close(self):
        pass


@pytest.fixture
def recorded():
    """A real session over a recording adapter: `session, adapter = recorded(503, 200)`."""

    def make(*script):
        session = requests.Session()
        session.trust_env = False
        adapter = RecordingAdapter(*(script or (200,)))
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        return session, adapter

    return make


class FakeSocket:
    """What `create_connection` returns: answers with bytes, or raises when it is read."""

    def __init__(self, answer):
        self.answer = answer
        self.sent = b""

    def sendall(self, sent):
        self.sent += bytes(sent)

    def makefile(self, *_args, **_kwargs):
        if isinstance(self.answer, BaseException):
            return _Failing(self.answer)
        return io.BytesIO(self.answer)

    def settimeout(self, _seconds):
        pass

    def setsockopt(self, *_args):
        pass

    def shutdown(self, _how):
        pass

    def close(self):
        pass


class _Failing(io.RawIOBase):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def readable(self):
        return True

    def readline(self, _size=-1):
        raise self.error

    def readinto(self, _buffer):
        raise self.error


@pytest.fixture
def wire(monkeypatch):
    """What the next connections do: errors of connecting, bytes or errors of the answer."""

    def plan(*items):
        queue = list(items)

        def create_connection(*_args, **_kwargs):
            item = queue.pop(0) if len(queue) > 1 else queue[0]
            if isinstance(item, BaseException):
                raise item
            return item if isinstance(item, FakeSocket) else FakeSocket(item)

        monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)

    plan.socket = FakeSocket
    return plan


@pytest.fixture(scope="session")
def pem(tmp_path_factory):
    """An authority's certificate, and one it issued with its key: two PEM files."""
    authority, folder = trustme.CA(), tmp_path_factory.mktemp("pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    own = authority.issue_cert("own.internal")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    return str(folder / "ca.pem"), str(folder / "own.pem")
