import errno
import pickle
import traceback

import pytest
import requests

from ahoyhoy import Endpoint
from ahoyhoy._core import Call
from ahoyhoy.classifiers import raise_for_status
from ahoyhoy.classifiers.redaction import redact, without_query
from ahoyhoy.classifiers.servererror import is_server_error
from ahoyhoy.exceptions import Ahoyhoy500Exception
from ahoyhoy.utils import Host, Instance

SECRET = "hunter2"


def everything_of(error):
    """All that a log or a person could see of an error and of those inside it."""
    texts, todo, seen = [], [error], set()
    while todo:
        item = todo.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        texts += [str(item), repr(item), *map(str, item.args)]
        todo += [*item.args, item.__cause__, item.__context__, getattr(item, "reason", None)]
    return "\n".join([*texts, *traceback.format_exception(error)])


def error_of_get(url, **options):
    endpoint = Endpoint()
    endpoint.trust_env = False
    outcome = endpoint.attempt(Call.of("get", "GET", url, (), options))
    endpoint.close_connections()
    return outcome.error


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("http://a/x?token=1", "http://a/x"),
        ("http://a/x#part", "http://a/x"),
        ("http://a/x#part?token=1", "http://a/x"),
        ("http://a/x?q=1#part", "http://a/x"),
        ("http://user:password@a:80/x", "http://a:80/x"),
        ("https://user@a", "https://a"),
        ("http://a:p@b@c/x", "http://c/x"),
        ("http://a/x@y?z", "http://a/x@y"),
        ("/users/1?token=1", "/users/1"),
        ("/users/@me", "/users/@me"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_query_and_credentials(url, bare):
    assert without_query(url) == bare


CONNECTS_NOT = ConnectionRefusedError(errno.ECONNREFUSED, "refused")


@pytest.mark.parametrize(
    "item",
    [CONNECTS_NOT, TimeoutError("timed out"), OSError(errno.EMFILE, "x"), b"", b"garbage\r\n\r\n"],
    ids=lambda i: repr(i)[:30],
)
@pytest.mark.parametrize(
    "query",
    [
        f"?token={SECRET}",
        f"?a=1&b=%2f{SECRET}",
        f"?{SECRET}",
        f"?q=ü {SECRET}",
        f"?x=[{SECRET}]'\"",
    ],
)
def test_no_query_survives_in_an_error_of_the_network(wire, item, query):
    wire(item)
    error = error_of_get("http://10.0.0.1/path" + query)
    assert isinstance(error, requests.ConnectionError)
    assert SECRET not in everything_of(error)


def test_no_query_survives_when_it_was_given_as_params(wire):
    wire(CONNECTS_NOT)
    error = error_of_get("http://10.0.0.1/path", params={"token": SECRET})
    assert SECRET not in everything_of(error)
    assert "/path" in str(error)


def test_no_credentials_survive(wire):
    wire(CONNECTS_NOT)
    assert SECRET not in everything_of(error_of_get(f"http://user:{SECRET}@10.0.0.1/path"))


@pytest.mark.parametrize(
    "url",
    [
        f"htp://a/x?token={SECRET}",
        f"htp://user:{SECRET}@a/x",
        f"a/x?token={SECRET}",
        f"http://?token={SECRET}",
        f"http://a b/x?token={SECRET}",
        f"http://user:{SECRET}@a b/x",
        f"http://[a/x?token={SECRET}",
    ],
)
def test_no_secret_survives_in_the_error_for_a_url_that_is_none(url):
    error = error_of_get(url)
    assert isinstance(error, (ValueError, requests.RequestException))
    assert SECRET not in everything_of(error)


def test_no_query_survives_in_the_error_for_a_host_that_is_none():
    endpoint = Endpoint(Instance(Host("127.0.0.1", 9), authority="a..b"))
    outcome = endpoint.attempt(Call.of("get", "GET", f"/x?token={SECRET}", (), {}))
    assert SECRET not in everything_of(outcome.error)


def test_a_short_query_leaves_the_rest_of_the_text_alone(wire):
    wire(CONNECTS_NOT)
    error = error_of_get("http://10.0.0.1/path?1")
    assert "10.0.0.1" in str(error)
    assert "/path?1" not in str(error)


def test_an_error_without_a_url_stays_as_it_is():
    error = ValueError("is this ?a=1 mine")
    redact(error)
    assert str(error) == "is this ?a=1 mine"


def test_arguments_that_are_no_text_stay():
    request = requests.Request("GET", "http://a/?token=x").prepare()
    error = requests.ConnectionError(7, "/?token=x", request=request)
    redact(error)
    assert error.args == (7, "/")


def test_errors_in_a_circle_are_redacted_once():
    request = requests.Request("GET", "http://a/?token=x").prepare()
    error = requests.ConnectionError("/?token=x", request=request)
    error.__context__ = inner = ValueError("?token=x")
    inner.__context__ = error
    redact(error)
    assert str(inner) == ""


@pytest.mark.parametrize("status", [500, 503, 599])
def test_raise_for_status_raises_5xx_with_the_response_and_without_the_query(answer, status):
    response = answer(status, url=f"http://user:{SECRET}@a:1/x?token={SECRET}")
    with pytest.raises(Ahoyhoy500Exception) as caught:
        raise_for_status(response)
    error = caught.value
    assert isinstance(error, requests.HTTPError)
    assert error.response is response
    assert str(error).startswith(f"{status} Server Error: ")
    assert str(error).endswith(" for url: http://a:1/x")
    assert pickle.loads(pickle.dumps(error)).response.status_code == status


@pytest.mark.parametrize("status", [200, 302, 404, 499, 600])
def test_raise_for_status_returns_every_other_response(answer, status):
    response = answer(status)
    assert raise_for_status(response) is response


@pytest.mark.parametrize("status", ["500", None, 500.0])
def test_a_status_that_is_no_number_is_no_server_error(status):
    class Response:
        status_code = status

    assert not is_server_error(Response())
    assert not is_server_error(None)
