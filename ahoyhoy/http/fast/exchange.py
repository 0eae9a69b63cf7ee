"""One request and its answer on a connection that an adapter's pool has, idle and alive.

The same bytes go out, and the same `requests.Response` or error comes back, as from the stock `send`
of an adapter; the connection is the pool's again once the body is read. Left out is what would come to
nothing: pool keys, copies of headers, retries that are none, parsers for cases that are not this one.

What is not plain is not begun: then stock code does it all. Where something turns out not to be plain
on the way, or fails, stock code takes over in the middle (see `connection.Begun`), so that its errors
are its own.
"""

from __future__ import annotations

import functools
import http.client
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPResponse
from urllib3.util import Retry

from .. import fast
from ..bounds import current
from ..connection import Begun, KeepAliveConnection, under_way
from .answers import Answer, Fields
from .idle import idle_connection, put_back, send_now, set_limit
from .outgoing import is_plain, outgoing
from .places import Place, place_of, pool_at
from .responses import UNDERSTOOD, blank_response, fill, raw_response, stored
from .seams import TRANSPORT
from .spare import provide_request
from .whole import PIECE, Replayed, Whole, blank_raw, fill_raw, whole_answer

_POOL_LOG = logging.getLogger("urllib3.connectionpool")
_OPTIONS = frozenset(("stream", "timeout", "verify", "cert", "proxies"))
#: What a stock adapter was told about retries: that there are none.
_NO_RETRIES = vars(Retry(0, read=False))
#: What urllib3 and requests make errors of their own of.
_TRANSLATED = (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError)
_OWN_MODULES = ("requests.adapters", "ahoyhoy.http.keepalive", "ahoyhoy.http.fitted")
#: What somebody may have put on an adapter, and on a pool.
_METHODS = frozenset(
    (
        "build_response",
        "get_connection_with_tls_context",
        "build_connection_pool_key_attributes",
        "get_connection",
        "cert_verify",
        "request_url",
        "add_headers",
    )
)
Send = Callable[..., requests.Response]


def exchange(
    adapter: HTTPAdapter, send: Send, request: requests.PreparedRequest, options: dict[str, Any]
) -> requests.Response | None:
    """The answer, its body unread as from `send`; None: nothing was done, and `send` is to do it.

    Args:
        adapter: of requests or of the library.
        send: its stock way to send.
        request: the request.
        options: for `send`.

    Raises:
        requests.RequestException: what `send` would.

    Threading: any thread. Blocks while the request is sent and the head of the answer is read.
    """
    if not (fast.ENABLED and UNDERSTOOD and TRANSPORT.untouched()):
        return None
    if not _is_stock(adapter, request, options):
        return None
    verify = options.get("verify", True)
    plan = _planned(adapter, request, verify, _timeouts(options.get("timeout")))
    pool: Any = None if plan is None else pool_at(adapter.poolmanager.pools, plan.place.key)
    if plan is None or pool is None or not _is_verified(adapter, pool, plan, request.url, verify):
        return None
    connection = idle_connection(pool, is_tls=plan.place.is_tls)
    if connection is None:
        return None
    return _Exchange(adapter, send, request, options, pool, connection).run(plan)


class _Plan(NamedTuple):
    """What is to be done.

    Args:
        place: where the request goes.
        target: what its first line says.
        pieces: what is sent.
        timeouts: to send and to read.
    """

    place: Place
    target: str
    pieces: tuple[bytes, ...]
    timeouts: tuple[float | None, float | None]


def _planned(
    adapter: HTTPAdapter, request: requests.PreparedRequest, verify: Any, timeouts: Any
) -> _Plan | None:
    url = request.url or ""
    slash = url.find("/", 8)
    if timeouts is None or slash < 0 or not url.startswith(("http://", "https://")):
        return None
    place = place_of(adapter, request, url[:slash], verify)
    if place is None or not is_plain(target := place.path + url[slash:]):
        return None
    pieces = outgoing(request, target, place.line, place.lines)
    return None if pieces is None else _Plan(place, target, pieces, timeouts)


class _Exchange:
    """An exchange that has a connection."""

    __slots__ = ("_adapter", "_connection", "_options", "_pool", "_request", "_send")

    def __init__(
        self,
        adapter: HTTPAdapter,
        send: Send,
        request: requests.PreparedRequest,
        options: dict[str, Any],
        pool: Any,
        connection: KeepAliveConnection,
    ) -> None:
        self._adapter = adapter
        self._send = send
        self._request = request
        self._options = options
        self._pool = pool
        self._connection = connection

    def run(self, plan: _Plan) -> requests.Response:
        """The answer."""
        connection = self._connection
        answer = None
        is_sent = False
        source: Any = connection.sock
        try:
            # What is short goes into the socket without a wait, but where the server has not read
            # what came before: then no longer than the answer would be waited for.
            is_short = len(plan.pieces) == 1
            set_limit(connection, plan.timeouts[is_short])
            bounded = current() is not None
            for piece in plan.pieces:
                send_now(connection, piece, bounded=bounded)
            is_sent = True
            if not is_short:
                set_limit(connection, plan.timeouts[1])
            # Nothing of this waits for the answer, which is under way.
            response = blank_response(self._adapter, self._request)
            provide_request()
            # A body may be taken with the head, unless somebody may interrupt the wait for them.
            if not (bounded or self._options.get("stream")):
                raw = blank_raw(functools.partial(put_back, self._pool, connection))
                received = source.recv(PIECE)
                whole = whole_answer(received, self._request.method)
                if whole is not None:
                    remake = functools.partial(self._remake, received, plan.target, source)
                    fill_raw(raw, whole.body, remake)
                    return self._of_whole(response, whole, raw)
                source = Replayed(source, received)
            answer = connection.response_class(source, method=self._request.method)
            answer.begin()
        except _TRANSLATED as error:
            if answer is not None:
                answer.close()
            return self._hand_over(Begun(is_sent, error))
        except BaseException:
            if answer is not None:
                answer.close()
            self._give_up()
            raise
        fields = answer.fields if isinstance(answer, Answer) else None
        if fields is None or not _has_plain_length(fields):
            return self._hand_over(Begun(True, answer=answer))
        streamed = self._raw(answer, fields, plan.target, connection, connection.sock)
        connection.take(answer)
        self._pool.num_requests += 1
        fill(response, connection.answered(streamed), stored(fields), answer.status, answer.reason)
        return response

    def _of_whole(
        self, response: requests.Response, whole: Whole, raw: HTTPResponse
    ) -> requests.Response:
        head = whole.head
        self._pool.num_requests += 1
        self._connection.answered(raw)
        fill(response, raw, whole.store, head.status, head.reason)
        return response

    def _remake(self, received: bytes, target: str, sock: Any, raw: Any, *, is_read: bool) -> None:
        """Make urllib3's own answer, of bytes that came before; once read it has no connection."""
        answer = Answer(Replayed(None, received), method=self._request.method)  # type: ignore[arg-type]
        answer.begin()
        fields: Any = answer.fields
        connection = None if is_read else self._connection
        self._raw(answer, fields, target, connection, sock, into=raw)
        if connection is not None:
            connection.take(answer)

    def _raw(
        self,
        answer: Answer,
        fields: Fields,
        target: str,
        connection: Any,
        sock: Any,
        into: Any = None,
    ) -> HTTPResponse:
        return raw_response(
            answer,
            fields,
            sock,
            into=into,
            retries=self._adapter.max_retries,
            connection=connection,
            pool=self._pool,
            request_method=self._request.method,
            request_url=target,
        )

    def _hand_over(self, begun: Begun) -> requests.Response:
        """Have stock code find what happened, and go on from there."""
        self._connection.begun = begun
        under_way.taken = self._connection
        try:
            return self._send(self._request, **self._options)
        finally:
            self._connection.begun = None
            if vars(under_way).pop("taken", None) is not None:  # it never asked for it
                self._give_up()

    def _give_up(self) -> None:
        self._connection.close()
        self._pool._put_conn(None)


def _is_stock(
    adapter: HTTPAdapter, request: requests.PreparedRequest, options: dict[str, Any]
) -> bool:
    """Whether nobody has a say in this but requests itself."""
    return (
        _is_stock_class(type(adapter))  # type: ignore[arg-type]
        and type(request) is requests.PreparedRequest
        and type(request.url) is str
        and not _POOL_LOG.isEnabledFor(logging.DEBUG)
        and options.keys() <= _OPTIONS
        and options.get("cert") is None
        and _METHODS.isdisjoint(vars(adapter))
        and type(adapter.max_retries) is Retry
        and vars(adapter.max_retries) == _NO_RETRIES
        and not (options.get("proxies") and select_proxy(request.url or "", options["proxies"]))
    )


@functools.lru_cache(maxsize=64)
def _is_stock_class(kind: type) -> bool:
    return all(base.__module__ in _OWN_MODULES for base in kind.__mro__[:-1])


def _timeouts(timeout: Any) -> tuple[Any, Any] | None:
    """To send and to read; None: one that only stock code knows what to do with."""
    connect, read = timeout if type(timeout) is tuple and len(timeout) == 2 else (timeout, timeout)
    for limit in (connect, read):
        if limit is not None and not (type(limit) in (int, float) and limit > 0):
            return None
    return connect, read


def _is_verified(adapter: Any, pool: Any, plan: _Plan, url: Any, verify: Any) -> bool:
    """Whether TLS is as wanted; what is not will be found again."""
    if plan.place.is_tls:
        try:
            adapter.cert_verify(pool, url, verify, None)
        except OSError:
            return False
    return True


def _has_plain_length(fields: dict[str, list[str]]) -> bool:
    """Whether urllib3 finds nothing to say about the length."""
    lengths = fields.get("content-length")
    if lengths is None:
        return True
    return len(lengths) == 2 and lengths[1].isdecimal() and "transfer-encoding" not in fields
