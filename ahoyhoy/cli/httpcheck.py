"""Whether a service is well: it answers a GET with 2xx."""

from __future__ import annotations

import requests

from ..classifiers.redaction import without_query
from ..classifiers.verdicts import judge_error
from ..http.sessions import new_session

#: Past the proxies of the environment: what is asked is on this machine, or near.
_NO_PROXY = {"http": "", "https": ""}


class NotWellError(Exception):
    """The service does not answer, or not with 2xx."""


class HttpCheck:
    """A check for a `Registration`.

    Args:
        url: what is asked for. Redirects are not followed.
        timeout: seconds to connect, and for the answer to begin.

    Threading: may be called from any thread.
    """

    def __init__(self, url: str, *, timeout: float = 2.0) -> None:
        self._url = url
        # It is told to registries and logs, where a token in the query must not go.
        self._shown = without_query(url)
        self._timeout = timeout

    def __call__(self) -> bool:
        """True; NotWellError, which says why, if it is not well."""
        # A session each time: a connection that is kept open would keep a server from ending.
        with new_session() as session:
            try:
                response = session.get(
                    self._url,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    proxies=_NO_PROXY,
                )
            except (requests.RequestException, OSError) as error:
                why = judge_error(error).reason or str(error)
                raise NotWellError(f"GET {self._shown}: {why}") from error
            with response:
                if not 200 <= response.status_code < 300:
                    raise NotWellError(f"GET {self._shown}: HTTP {response.status_code}")
        return True
