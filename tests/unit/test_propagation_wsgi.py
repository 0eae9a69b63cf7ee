from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest

from ahoyhoy.propagation import current_deadline, current_priority
from ahoyhoy.propagation.wsgi import DeadlineMiddleware


def ambient():
    """What is left for the code that runs now, and how urgent it is."""
    in_force = current_deadline()
    return in_force and in_force.remaining(), current_priority()


def serve(app, method="GET", file_wrapper=None, **headers):
    """An answer's status and headers, and its body as the server gets it."""
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    environ |= {f"HTTP_{name}": value for name, value in headers.items()}
    if file_wrapper:
        environ["wsgi.file_wrapper"] = file_wrapper
    start = []
    body = app(environ, lambda status, fields, *_: start.append((status, fields)) or (lambda _: 0))
    return *(start[0] if start else (None, None)), body


class Recorder:
    """An application that notes what holds while it runs, and while its body is made."""

    def __init__(self, body=None):
        self.seen = []
        self.body = body
        self.environ = None

    def __call__(self, environ, start_response):
        self.environ = environ
        self.seen.append(("call", *ambient()))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self if self.body is None else self.body

    def __iter__(self):
        self.seen.append(("iter", *ambient()))
        try:
            for part in (b"a", b"b"):
                self.seen.append((part, *ambient()))
                yield part
        finally:
            self.seen.append(("end", *ambient()))

    def close(self):
        self.seen.append(("close", *ambient()))


TERMS = {"X_REQUEST_TIMEOUT": "2", "X_REQUEST_PRIORITY": "LOW"}


def test_the_terms_hold_while_the_application_runs_and_while_its_body_is_made(clock):
    app = Recorder()
    status, _, body = serve(DeadlineMiddleware(app, clock=clock), **TERMS)
    assert status == "200 OK"
    assert ambient() == (None, None)
    for _ in body:
        # Between two parts the thread is the server's.
        assert ambient() == (None, None)
        clock.advance(0.5)
    body.close()
    assert app.seen == [
        ("call", 2.0, "low"),
        ("iter", 2.0, "low"),
        (b"a", 2.0, "low"),
        (b"b", 1.5, "low"),
        ("end", 1.0, "low"),
        ("close", 1.0, "low"),
    ]
    assert ambient() == (None, None)


def test_a_body_that_nobody_begins_to_read_is_closed_on_the_terms(clock):
    app = Recorder()
    *_, body = serve(DeadlineMiddleware(app, clock=clock), **TERMS)
    body.close()
    assert app.seen == [("call", 2.0, "low"), ("close", 2.0, "low")]


def test_a_body_without_close_can_be_closed(clock):
    *_, body = serve(DeadlineMiddleware(Recorder(map(bytes, [b"a"])), clock=clock), **TERMS)
    assert list(body) == [b"a"]
    body.close()


def test_an_application_that_is_a_generator_runs_on_the_terms(clock):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield repr(ambient()).encode()

    *_, body = serve(DeadlineMiddleware(application, clock=clock), **TERMS)
    assert list(body) == [b"(2.0, 'low')"]
    body.close()


def test_an_error_leaves_nothing_to_the_next_request_of_the_thread(clock):
    def application(environ, start_response):
        raise KeyError

    with pytest.raises(KeyError):
        serve(DeadlineMiddleware(application, clock=clock), **TERMS)
    assert ambient() == (None, None)


def test_an_error_in_the_body_leaves_nothing_either(clock):
    def application(environ, start_response):
        yield b"a"
        raise KeyError

    *_, body = serve(DeadlineMiddleware(application, clock=clock), **TERMS)
    assert next(body) == b"a"
    with pytest.raises(KeyError):
        next(body)
    assert ambient() == (None, None)


@pytest.mark.parametrize("body", [[b"a"], (b"a", b"b"), []])
def test_a_body_that_is_made_reaches_the_server_as_it_is(clock, body):
    *_, served = serve(DeadlineMiddleware(Recorder(body), clock=clock), **TERMS)
    assert served is body


def test_a_file_reaches_the_server_as_it_is(clock, tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    with (tmp_path / "file").open("rb") as file:
        body = FileWrapper(file)
        app = DeadlineMiddleware(Recorder(body), clock=clock)
        assert serve(app, file_wrapper=FileWrapper, **TERMS)[2] is body
        # A wrapper that is a function cannot be recognized: the parts are passed on.
        assert list(serve(app, file_wrapper=lambda f: FileWrapper(f), **TERMS)[2]) == [b"content"]


def test_a_body_without_terms_reaches_the_server_as_it_is():
    app = Recorder()
    assert serve(DeadlineMiddleware(app), X_SERVICE_NAME="billing")[2] is app
    assert app.environ["ahoyhoy.service_name"] == "billing"


def test_the_default_is_for_requests_that_do_not_say(clock):
    app = Recorder([])
    middleware = DeadlineMiddleware(app, default=10, clock=clock)
    serve(middleware)
    serve(middleware, GRPC_TIMEOUT="250m")
    serve(middleware, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS="20000")
    assert [left for _, left, _ in app.seen] == [10, 0.25, 20]
    assert app.environ["ahoyhoy.service_name"] is None


def test_the_callers_cannot_have_more_than_the_cap(clock):
    app = Recorder([])
    serve(DeadlineMiddleware(app, cap=5, clock=clock), X_REQUEST_TIMEOUT="100")
    assert app.seen == [("call", 5, None)]


def test_a_late_request_does_not_reach_the_application():
    app = Recorder()
    status, headers, body = serve(DeadlineMiddleware(app), X_REQUEST_TIMEOUT="0.004")
    assert status == "408 Request Timeout"
    assert dict(headers)["X-Do-Not-Retry"] == "1"
    assert dict(headers)["Content-Length"] == str(len(b"".join(body)))
    assert app.seen == []


def test_a_bad_timeout_is_ignored_or_rejected_by_choice():
    app = Recorder([])
    assert serve(DeadlineMiddleware(app), X_REQUEST_TIMEOUT="-1")[0] == "200 OK"
    strict = DeadlineMiddleware(app, on_bad="reject")
    status, headers, body = serve(strict, X_REQUEST_TIMEOUT="-1")
    assert (status, len(app.seen)) == ("400 Bad Request", 1)
    assert body == [b"X-Request-Timeout must be seconds from 0 up, such as 2.5\n"]
    assert "X-Do-Not-Retry" not in dict(headers)


def test_an_answer_to_head_has_no_body():
    status, headers, body = serve(
        DeadlineMiddleware(Recorder()), method="HEAD", X_REQUEST_TIMEOUT="0"
    )
    assert (status[:3], body) == ("408", [])
    assert int(dict(headers)["Content-Length"]) > 0


@pytest.mark.parametrize("timeout", ["2", "0"])
def test_it_is_wsgi_on_both_sides(timeout):
    app = validator(DeadlineMiddleware(validator(Recorder())))
    *_, body = serve(app, X_REQUEST_TIMEOUT=timeout)
    assert b"".join(body) in (b"ab", b"no time was left to answer this request\n")
    body.close()


def test_wrong_settings_are_told_when_it_is_made():
    with pytest.raises(ValueError, match="default must be finite seconds"):
        DeadlineMiddleware(Recorder(), default=0)
