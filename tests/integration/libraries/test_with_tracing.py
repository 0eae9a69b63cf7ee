"""Tracers: requests' instrumentation sees calls, those of urllib3 and http.client see attempts."""

import json
import subprocess
import sys

import pytest

from integration.libraries.service import URL, asked, needed, refuse, warm_up

of_requests = needed("opentelemetry.instrumentation.requests")
of_urllib3 = needed("opentelemetry.instrumentation.urllib3")
sdk = needed("opentelemetry.sdk.trace")
export = needed("opentelemetry.sdk.trace.export")
memory = needed("opentelemetry.sdk.trace.export.in_memory_span_exporter")


class Tracing:
    """Instruments a library, and keeps the spans."""

    def __init__(self, instrumentor):
        self._instrumentor = instrumentor
        self._exporter = memory.InMemorySpanExporter()
        self._provider = sdk.TracerProvider()
        self._provider.add_span_processor(export.SimpleSpanProcessor(self._exporter))

    def __enter__(self):
        self._instrumentor.instrument(tracer_provider=self._provider)
        return self

    def __exit__(self, *_):
        self._instrumentor.uninstrument()

    @property
    def spans(self):
        """What each is about: its URL, the status of the answer."""
        found = [span.attributes for span in self._exporter.get_finished_spans()]
        return [(a.get("url.full") or a["http.url"], a.get("http.status_code")) for a in found]

    @property
    def ids(self):
        return {
            f"{span.context.trace_id:032x}-{span.context.span_id:016x}"
            for span in self._exporter.get_finished_spans()
        }


def traced(servers):
    """The parents of the traces that the servers were told of."""
    sent = [r.headers.get("traceparent") for server in servers for r in server.requests]
    return {parent and parent[3:-3] for parent in sent}


@pytest.fixture(params=["warm", "cold"])
def tracing(request, users, servers):
    """`with tracing(instrumentor) as t:`; the session's connections are open before it, or not."""
    if request.param == "warm":
        warm_up(users, servers)
    return Tracing


def test_a_call_is_a_span_however_many_attempts_it_takes(tracing, users, servers):
    refuse(servers[0])
    with tracing(of_requests.RequestsInstrumentor()) as trace:
        for _ in range(4):
            assert users.get(URL).ok
    assert trace.spans == [(URL, 200)] * 4
    assert len(asked(servers)) > 4
    assert traced(servers) == trace.ids


def test_an_attempt_is_a_span_to_the_tracer_of_urllib3(tracing, users, servers):
    refuse(servers[0])
    with tracing(of_urllib3.URLLib3Instrumentor()) as trace:
        for _ in range(4):
            assert users.get(URL).ok
    statuses = sorted(status for _, status in trace.spans)
    assert statuses == [200] * servers[1].count + [503] * servers[0].count
    assert servers[0].count > 0
    assert traced(servers) == trace.ids


def test_without_the_tracer_nothing_is_traced_any_more(tracing, users, servers):
    for instrumentor in (of_requests.RequestsInstrumentor(), of_urllib3.URLLib3Instrumentor()):
        with tracing(instrumentor) as trace:
            users.get(URL)
        for _ in range(4):
            users.get(URL)
        assert len(trace.spans) == 1
    assert len(asked(servers)) == 10


SENTRY = """
import json, sys, requests, ahoyhoy, sentry_sdk
way, *ports = sys.argv[1:]
provider = ahoyhoy.ListProvider(*[ahoyhoy.Host("127.0.0.1", int(port)) for port in ports])
if way == "session":
    session = ahoyhoy.Session({"users": provider})
else:
    session = requests.Session()
    session.mount("http://users/", ahoyhoy.Adapter(provider))
for _ in range(8):
    session.get("http://users/warm")
events = []
# What it patches in http.client stays patched, so it has a process of its own.
sentry_sdk.init("http://key@127.0.0.1:9/1", traces_sample_rate=1.0, before_send_transaction=lambda e, _: events.append(e))
with sentry_sdk.start_transaction(name="t"):
    for _ in range(4):
        assert session.get("http://users/1").ok
(event,) = events
print(json.dumps([[s["op"], s["data"]["http.response.status_code"]] for s in event["spans"]]))
"""


@pytest.mark.parametrize("way", ["session", "adapter"])
def test_sentry_sees_each_attempt(servers, way):
    needed("sentry_sdk")
    refuse(servers[0])
    ports = [str(server.port) for server in servers]
    run = [sys.executable, "-c", SENTRY, way, *ports]
    spans = json.loads(subprocess.run(run, stdout=subprocess.PIPE, check=True, timeout=60).stdout)
    traced = [r for s in servers for r in s.requests if "sentry-trace" in r.headers]
    assert len(spans) == len([r for r in traced if r.path == "/1"]) >= 4
    assert {op for op, _ in spans} == {"http.client"}
    assert sorted(status for _, status in spans)[:4] == [200] * 4
