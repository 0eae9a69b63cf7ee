"""A session without services is seen by other libraries exactly as one of requests is."""

import pytest
import requests

import ahoyhoy
from ahoyhoy.http.keepalive import KeepAliveAdapter
from integration.libraries.service import VCR_LEAKS, asked, needed
from integration.libraries.test_with_tracing import Tracing, of_requests, of_urllib3


class SessionOfClients(ahoyhoy.Session):
    """With the transport that the library's own sessions have."""

    def __init__(self):
        super().__init__()
        self.mount("http://", KeepAliveAdapter())


def by_responses(url, call, _):
    with needed("responses").RequestsMock() as mock:
        mock.get(url, json={"mocked": True})
        return call(), [seen.request.url for seen in mock.calls]


def by_requests_mock(url, call, _):
    with needed("requests_mock").Mocker() as mock:
        mock.get(url, json={"mocked": True})
        return call(), [seen.url for seen in mock.request_history]


def by_vcr(url, call, folder):
    vcr = needed("vcr")
    tape = str(folder / "tape.yaml")
    with vcr.use_cassette(tape):
        call()
    with vcr.use_cassette(tape, record_mode="none") as played:
        return call(), played.play_count


def by_tracer_of_requests(url, call, _):
    with Tracing(of_requests.RequestsInstrumentor()) as trace:
        return call(), trace.spans


def by_tracer_of_urllib3(url, call, _):
    with Tracing(of_urllib3.URLLib3Instrumentor()) as trace:
        return call(), trace.spans


def by_a_patch(url, call, _):
    """As a test of an application may do it, with any function on the way."""
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in PATCHED:
            stock = getattr(owner, name)
            patch.setattr(owner, name, noting(seen, name, stock))
        return call(), seen


PATCHED = (
    (requests.Session, "prepare_request"),
    (requests.Session, "merge_environment_settings"),
    (requests.Session, "send"),
    (requests.adapters.HTTPAdapter, "send"),
    (requests.adapters.HTTPAdapter, "build_response"),
)


def noting(seen, name, stock):
    def noted(*args, **kwargs):
        seen.append(name)
        return stock(*args, **kwargs)

    return noted


OBSERVERS = (
    by_a_patch,
    by_requests_mock,
    by_responses,
    by_tracer_of_requests,
    by_tracer_of_urllib3,
    pytest.param(by_vcr, marks=VCR_LEAKS),
)


@pytest.mark.parametrize("observe", OBSERVERS)
@pytest.mark.parametrize("kind", [ahoyhoy.Session, SessionOfClients])
@pytest.mark.parametrize("earlier_calls", [0, 3])
def test_what_is_seen_is_the_same(observe, kind, earlier_calls, servers, tmp_path):
    def outcome(make):
        server = servers[0]
        server.reset_counts()
        folder = tmp_path / make.__module__
        folder.mkdir(parents=True, exist_ok=True)
        url = f"http://127.0.0.1:{server.port}/1"
        with make() as session:
            for _ in range(earlier_calls):
                session.get(url)
            found = observe(url, lambda: session.get(url).json(), folder)
            for _ in range(3):
                assert session.get(url).json()["path"] == "/1"
            paths = asked(servers)
            sent = [r.headers.get("traceparent") is None for r in server.requests]
        return found, paths, sent, server.connections

    theirs = outcome(requests.Session)
    assert outcome(kind) == theirs
    assert theirs[0][1]
