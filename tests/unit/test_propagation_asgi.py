import asyncio

import pytest

from ahoyhoy.propagation import current_deadline, current_priority
from ahoyhoy.propagation.asgi import DeadlineMiddleware


class Recorder:
    """An application that notes what holds while it runs."""

    def __init__(self):
        self.seen = []
        self.scope = None

    async def __call__(self, scope, receive, send):
        self.scope = scope
        self.note()
        await asyncio.sleep(0)
        await asyncio.create_task(self.inside())
        await asyncio.to_thread(self.note)
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def inside(self):
        self.note()

    def note(self):
        in_force = current_deadline()
        self.seen.append((in_force and in_force.remaining(), current_priority()))


def serve(app, *headers, kind="http", method="GET"):
    """What a server is sent, and the scope it made."""
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "method": method, "headers": fields}
    sent = []

    async def send(message):
        sent.append(message)

    async def main():
        await app(scope, None, send)
        return current_deadline(), current_priority()

    assert asyncio.run(main()) == (None, None)
    return sent, scope


def test_the_terms_hold_in_the_application_its_tasks_and_its_threads(clock):
    app = Recorder()
    headers = [("x-request-timeout", "2"), ("x-request-priority", "high")]
    sent, _ = serve(DeadlineMiddleware(app, clock=clock), *headers)
    assert sent[0]["status"] == 204
    assert app.seen == [(2.0, "high")] * 3


def test_requests_at_the_same_time_have_terms_of_their_own(clock):
    app = Recorder()
    middleware = DeadlineMiddleware(app, default=9, clock=clock)

    async def send(message):
        pass

    async def main():
        scopes = [
            {"type": "http", "method": "GET", "headers": [(b"grpc-timeout", timeout)]}
            for timeout in (b"1S", b"2S", b"junk")
        ]
        await asyncio.gather(*(middleware(scope, None, send) for scope in scopes))

    asyncio.run(main())
    assert sorted(app.seen) == [(left, None) for left in (1, 1, 1, 2, 2, 2, 9, 9, 9)]


def test_the_callers_name_is_in_a_scope_of_its_own(clock):
    app = Recorder()
    _, scope = serve(DeadlineMiddleware(app, clock=clock), ("x-service-name", "billing"))
    assert app.scope["ahoyhoy.service_name"] == "billing"
    assert "ahoyhoy.service_name" not in scope
    serve(DeadlineMiddleware(app, clock=clock))
    assert app.scope["ahoyhoy.service_name"] is None


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_not_http_passes_as_it_is(kind):
    app = Recorder()
    _, scope = serve(DeadlineMiddleware(app, default=10), ("x-request-timeout", "0"), kind=kind)
    assert app.scope is scope
    assert app.seen == [(None, None)] * 3


def test_a_late_request_does_not_reach_the_application():
    app = Recorder()
    (start, body), _ = serve(DeadlineMiddleware(app), ("X-Request-Timeout", "0.001"))
    assert start["status"] == 408
    assert dict(start["headers"]) == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": str(len(body["body"])).encode(),
        b"x-do-not-retry": b"1",
    }
    assert body == {
        "type": "http.response.body",
        "body": b"no time was left to answer this request\n",
    }
    assert app.seen == []


def test_an_answer_to_head_has_no_body():
    late = ("x-request-timeout", "0")
    (start, body), _ = serve(DeadlineMiddleware(Recorder()), late, method="HEAD")
    assert (start["status"], body["body"]) == (408, b"")


@pytest.mark.parametrize("headers", [[("grpc-timeout", "soon")], [("grpc-timeout", "1S")] * 2])
def test_a_bad_timeout_is_ignored_or_rejected_by_choice(clock, headers):
    app = Recorder()
    sent, _ = serve(DeadlineMiddleware(app, default=3, clock=clock), *headers)
    assert (sent[0]["status"], app.seen[0]) == (204, (3, None))
    sent, _ = serve(DeadlineMiddleware(app, on_bad="reject"), *headers)
    assert (sent[0]["status"], len(app.seen)) == (400, 3)


def test_wrong_settings_are_told_when_it_is_made():
    with pytest.raises(ValueError, match="cap must be finite seconds"):
        DeadlineMiddleware(Recorder(), cap=-1)
