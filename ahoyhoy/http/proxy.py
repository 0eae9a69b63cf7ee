"""A session with callbacks around its verbs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import requests

from .fitted import NO_FIT, Fit
from .ownsession import OwnSession
from .sessions import new_session
from .verbs import Verbs
from .view import can_be_viewed, trace_of, view_of

_OWN_REQUEST = OwnSession.request


class StandIn(Verbs):
    """Stands in for a session: what is not its own, read or assigned, is the session's."""

    #: Set first, so that `__setattr__` knows where to send the rest.
    _session: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # copy, pickle: not the session's business
        return getattr(self._session, name)

    def __setattr__(self, name: str, value: Any) -> None:
        own = name.startswith("_") or hasattr(type(self), name) or not hasattr(self._session, name)
        if own:
            super().__setattr__(name, value)
        else:
            setattr(self._session, name, value)


class SessionProxy(StandIn):
    """Stands before a `requests.Session` (or anything with its verbs) and runs callbacks.

    Each verb, and `request`, runs `pre_callback(url)`, whose result is the URL that is used; then
    the session's own method, with all arguments; then `post_callback(response)`, whose result is
    returned. When the session raises, `exception_callback(exception)` runs first, and its result
    takes the response's place. Give them as arguments or override them in a subclass.

    Every other attribute, read or assigned, is the session's own.

    Args:
        session: the session; default a new `requests.Session`.
        pre_callback: takes the URL, returns the URL to use.
        post_callback: takes the response, returns the result of the call.
        exception_callback: takes the exception, returns a result, or raises.
    """

    HTTP_CALLS = ("get", "options", "post", "put", "head", "patch", "delete", "request")

    def __init__(
        self,
        session: Any = None,
        pre_callback: Callable[[str], str] | None = None,
        post_callback: Callable[[Any], Any] | None = None,
        exception_callback: Callable[[Exception], Any] | None = None,
    ) -> None:
        self._session = new_session() if session is None else session
        self._pre: Callable[..., Any] | None = pre_callback
        self._post: Callable[..., Any] | None = post_callback
        self._exc: Callable[..., Any] | None = exception_callback

    def pre_callback(self, urlpath: str) -> str:
        """The URL to use for `urlpath`, the first argument of the verb."""
        result: str = urlpath if self._pre is None else self._pre(urlpath)
        return result

    def post_callback(self, result: Any) -> Any:
        """What the verb returns for the session's response (or the exception callback's result)."""
        return result if self._post is None else self._post(result)

    def exception_callback(self, exc: Exception) -> Any:
        """What stands in for the response after an exception. By default it is raised."""
        if self._exc is None:
            raise exc
        return self._exc(exc)

    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        url = self.pre_callback(url)
        try:
            result = self._exchange(verb, method, url, args, options)
        except Exception as error:
            result = self.exception_callback(error)
        return self.post_callback(result)

    def _exchange(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        return call_session(self._session, verb, method, url, args, options)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._session)})


def call_session(
    session: Any,
    verb: str,
    method: str,
    url: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
    fit: Fit = NO_FIT,
) -> Any:
    """Call the session's method; one without `request` is called by the verb of that name."""
    if isinstance(session, OwnSession) and not args:
        response = session.perform(method, url, _with_stock_defaults(verb, options), fit)
        if response is not None:
            return response
    if "timeout" in options:
        fit = fit._replace(timeout=None)
    if not can_be_viewed(session):
        return _call(session, verb, method, url, args, options)
    view = view_of(session, fit)
    try:
        return _call(view, verb, method, url, args, options)
    except Exception as error:
        error.trace = trace_of(view)  # type: ignore[attr-defined]
        raise


def _with_stock_defaults(verb: str, options: dict[str, Any]) -> dict[str, Any]:
    """What a verb of requests says beyond what `request` says; only `head` does."""
    return {"allow_redirects": False, **options} if verb == "head" else options


def _call(
    session: Any, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    if verb == "request" and hasattr(session, "request"):
        return session.request(method, url, *args, **options)
    return getattr(session, method.lower())(url, *args, **options)


def takes_timeout(session: Any, verb: str) -> bool:
    """Whether a default `timeout=` may be passed to the session's verb.

    Only to a real `requests.Session` whose verb nobody wrote anew: what stands in for one may not
    know the argument, may have a default of its own, or may check what it was called with. There
    the transport adds it, if the request still has none by then (see `view.Fit`).
    """
    if verb in getattr(session, "__dict__", {}):
        return False
    if isinstance(session, SessionProxy):
        return takes_timeout(session._session, verb)
    kind = type(session)
    if not issubclass(kind, requests.Session) or "request" in vars(session):
        return False
    return all(_is_requests_own(getattr(kind, name)) for name in {verb, "request"})


def _is_requests_own(function: Any) -> bool:
    if function is _OWN_REQUEST:
        return True
    # What instruments a method leaves the original in __wrapped__.
    return getattr(inspect.unwrap(function), "__module__", None) == "requests.sessions"
