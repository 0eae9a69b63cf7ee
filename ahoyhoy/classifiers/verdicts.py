"""What an answer or an error says about the host, and whether the request may have happened.

The one table of the library: the circuit, the strategy and the statistics all read its result.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import requests
from urllib3 import exceptions as urllib3
from urllib3.util.ssl_match_hostname import CertificateError

from .._core import Judgement, Verdict
from ..exceptions import CircuitOpenError
from .retryafter import retry_after, utc_now
from .servererror import is_server_error

ACCEPTED = Judgement(Verdict.ACCEPTED)
IGNORED = Judgement(Verdict.IGNORED)

#: This machine's trouble, not the host's: another host would not help.
LOCAL_ERRNOS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EACCES}
)

#: Errors about what the caller gave, or that come after a whole answer.
_CALLERS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidJSONError,
    requests.exceptions.UnrewindableBodyError,
    requests.exceptions.StreamConsumedError,
    requests.TooManyRedirects,
)


def judge_response(response: Any, *, utc_now: Callable[[], datetime] = utc_now) -> Judgement:
    """5xx is the host's failure, 429 its wish for fewer requests; every other answer stands.

    Args:
        response: the answer.
        utc_now: the time of day, for a `Retry-After` that is a date in an answer without `Date`.
    """
    status = getattr(response, "status_code", None)
    throttled = status == 429
    if not throttled and not is_server_error(response):
        return ACCEPTED
    return Judgement(
        Verdict.RETRYABLE,
        f"HTTP {status}",
        answered=True,
        throttled=throttled,
        retry_after=retry_after(response, utc_now) if throttled or status == 503 else None,
    )


def judge_error(error: BaseException) -> Judgement:
    """Whose fault an error is, and whether anything was sent before it."""
    if isinstance(error, CircuitOpenError):
        return IGNORED  # somebody else's: its own circuit's refusal never gets here
    if isinstance(error, requests.exceptions.InvalidHeader) and error.request is not None:
        return Judgement(Verdict.RETRYABLE, "answer has invalid headers")
    if isinstance(error, _CALLERS):
        return IGNORED
    if isinstance(error, requests.HTTPError):
        judgement = judge_response(error.response)
        return judgement if judgement.is_failure else IGNORED
    causes = list(_causes(error))
    if any(_is_of_own_file(cause) for cause in causes):
        return IGNORED
    return _judge_connecting(error, causes) or _judge_exchange(error, causes) or IGNORED


def _judge_connecting(error: BaseException, causes: list[BaseException]) -> Judgement | None:
    """The verdict where the connection was never made, hence nothing sent."""
    if _has(causes, ssl.SSLCertVerificationError, CertificateError):
        return Judgement(Verdict.UNSENT, "certificate rejected")
    unreachable = _has(causes, urllib3.NewConnectionError, ConnectionRefusedError, socket.gaierror)
    # ProxyError alone says nothing: urllib3 makes one, too, of an answer that never came.
    if unreachable or _has_no_tunnel(causes):
        if any(isinstance(cause, OSError) and cause.errno in LOCAL_ERRNOS for cause in causes):
            return IGNORED
        return Judgement(Verdict.UNSENT, _why_unreachable(error, causes), refused=True)
    if isinstance(error, requests.ConnectTimeout) or _has(causes, urllib3.ConnectTimeoutError):
        return Judgement(Verdict.UNSENT, "connect timeout", slow=True)
    if any(getattr(cause, "unsent", False) for cause in causes):
        slow = _has(causes, TimeoutError)
        return Judgement(Verdict.UNSENT, "TLS handshake failed", slow=slow)
    return None


def _is_of_own_file(cause: BaseException) -> bool:
    """Whether a file given as `verify` or `cert` cannot be used: no host is to blame."""
    if type(cause) is not ssl.SSLError:
        return False
    return getattr(cause, "library", None) == "X509" or "PEM lib" in str(cause)


def _has_no_tunnel(causes: list[BaseException]) -> bool:
    """Whether a proxy said no to CONNECT; http.client has no class for it."""
    texts = (cause.args[0] for cause in causes if type(cause) is OSError and cause.args)
    return any(isinstance(text, str) and text.startswith("Tunnel connection") for text in texts)


def _why_unreachable(error: BaseException, causes: list[BaseException]) -> str:
    if _has(causes, socket.gaierror, urllib3.NameResolutionError):
        return "name not resolved"
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy not reached"
    if _has(causes, ConnectionRefusedError):
        return "connection refused"
    return "cannot connect"


def _judge_exchange(error: BaseException, causes: list[BaseException]) -> Judgement | None:
    """The verdict where the request may have arrived."""
    reason = None
    if isinstance(error, requests.Timeout) or _has(causes, TimeoutError, urllib3.ReadTimeoutError):
        return Judgement(Verdict.RETRYABLE, "read timeout", slow=True)
    if isinstance(error, requests.exceptions.RetryError):
        reason = "too many 5xx answers"  # a session's own urllib3 Retry gave up
    elif isinstance(error, requests.exceptions.ContentDecodingError):
        reason = "answer cannot be decoded"
    elif isinstance(error, requests.exceptions.ChunkedEncodingError):
        reason = "answer cut short"
    elif isinstance(error, requests.exceptions.SSLError) or _has(causes, ssl.SSLError):
        reason = "TLS error"
    elif _has(causes, ConnectionResetError, BrokenPipeError):
        # http.client's RemoteDisconnected is a ConnectionResetError as well
        reset = any(isinstance(c, OSError) and c.errno for c in causes)
        reason = "connection reset" if reset else "closed without an answer"
    elif isinstance(error, (requests.ConnectionError, ConnectionError, urllib3.ProtocolError)):
        reason = "connection failed"
    return Judgement(Verdict.RETRYABLE, reason) if reason else None


def _has(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and the ones inside it: requests and urllib3 carry theirs in `args` and `reason`."""
    todo: list[Any] = [error]
    seen: set[int] = set()
    while todo:
        item = todo.pop(0)
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            inside = getattr(item, "reason", None)
            # Not __context__: it leads to whatever error the caller was just handling.
            todo += [inside, *item.args, item.__cause__]
