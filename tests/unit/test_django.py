import pytest

from ahoyhoy.utils.django import get_cookies, get_headers


class Request:
    """What Django's HttpRequest has of it."""

    META = {
        "HTTP_X_REQUEST_ID": "7f",
        "HTTP_EMPTY": "",
        "HTTP_ACCEPT": "text/html",
        "REMOTE_ADDR": "10.0.0.1",
        "CONTENT_TYPE": "text/plain",
        "HTTP_CONTENT_TYPE": "forged",
    }
    COOKIES = {"session": "abc", "empty": ""}


@pytest.mark.parametrize(
    ("names", "headers"),
    [
        ([], {}),
        (["X-Request-Id"], {"X-Request-Id": "7f"}),
        (["x-request-id", "Accept"], {"x-request-id": "7f", "Accept": "text/html"}),
        (("X_REQUEST_ID",), {"X_REQUEST_ID": "7f"}),
        (["Content-Type"], {"Content-Type": "text/plain"}),
        (["REMOTE_ADDR"], {"REMOTE_ADDR": "10.0.0.1"}),
        (["Missing", "Empty"], {}),
    ],
)
def test_named_headers_that_are_there_and_not_empty(names, headers):
    assert get_headers(Request(), names) == headers


@pytest.mark.parametrize(
    ("names", "cookies"),
    [([], {}), (["session"], {"session": "abc"}), (("Session", "empty", "missing"), {})],
)
def test_named_cookies_that_are_there_and_not_empty(names, cookies):
    assert get_cookies(Request(), names) == cookies
