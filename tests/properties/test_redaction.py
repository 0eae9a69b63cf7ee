"""No secret of a URL is left in the text of an error, whatever the secret looks like."""

import traceback

import requests
from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy.classifiers.redaction import redact, without_query

SECRETS = st.text(min_size=4, max_size=30).map(lambda text: f"SECRET{text}TERCES")
#: as `repr` leaves it
PRINTABLE = st.text("abc 0-9=&?#%/@:äß€", min_size=4).map(lambda text: f"SECRET{text}TERCES")


@given(SECRETS)
def test_no_query_survives_anywhere_in_an_error(secret):
    request = requests.Request("GET", "http://10.0.0.1/x", params={"token": secret}).prepare()
    query = request.url.partition("?")[2]
    inner = OSError(f"no answer from {request.url}")
    middle = ValueError(f"Max retries exceeded with url: /x?{query}", inner)
    error = requests.ConnectionError(middle, request=request)
    error.__cause__ = middle
    middle.__context__ = RuntimeError(f"/x?{query}")
    redact(error)
    text = "".join(traceback.format_exception(error)) + repr(error) + repr(inner) + repr(middle)
    assert "SECRET" not in text
    assert "/x" in text


@given(PRINTABLE)
def test_a_url_that_never_became_a_request_is_redacted_as_it_was_written(secret):
    url = f"htp://h/x?token={secret}"
    error = requests.exceptions.InvalidSchema(f"No connection adapters were found for {url!r}")
    redact(error, url)
    assert "SECRET" not in f"{error} {error!r}"


@given(st.text(alphabet="abc/@:.-_~%", max_size=30), SECRETS)
def test_without_query_drops_query_and_fragment_and_keeps_the_path(path, secret):
    shown = without_query(f"http://user:p4ss@host:80/{path}?{secret}#{secret}")
    assert shown == f"http://host:80/{path}"
