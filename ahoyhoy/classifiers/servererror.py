"""A 5xx answer as an error."""

from __future__ import annotations

from typing import Any, TypeVar

from ..exceptions import Ahoyhoy500Exception
from .redaction import without_query

R = TypeVar("R")


def is_server_error(response: Any) -> bool:
    """Whether `response` has a status from 500 to 599."""
    status = getattr(response, "status_code", None)
    return isinstance(status, int) and 500 <= status < 600


def raise_for_status(resp: R) -> R:
    """Return the response, or raise when its status is 5xx.

    Raises:
        Ahoyhoy500Exception: (a requests.HTTPError) with the response. Its text has no query
            string: there may be secrets in it.
    """
    if is_server_error(resp):
        raise server_error(resp)
    return resp


def server_error(response: Any) -> Ahoyhoy500Exception:
    """The error that says what a 5xx answer said."""
    reason = getattr(response, "reason", "") or ""
    url = without_query(str(getattr(response, "url", "") or ""))
    text = f"{response.status_code} Server Error: {reason} for url: {url}"
    return Ahoyhoy500Exception(text, response=response)
