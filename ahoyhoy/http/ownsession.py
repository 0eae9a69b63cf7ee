"""The library's own `requests.Session`: equal to stock, with less work for each request.

A request that is plain, of a session that is plain, in an environment that says nothing, needs none
of the merging that requests does for each (see `fast`). All else goes the stock way by itself.
"""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import Any, cast

import requests
import requests.sessions

from . import fast
from .bounds import current
from .fast.bypassing import may_skip
from .fast.finishing import finished, may_be_redirect
from .fast.preparing import IS_KNOWN, Shared, prepared, shared_by
from .fast.seams import SESSION
from .fast.settings import is_plain, settings_of
from .fitted import NO_FIT, Fit
from .keepalive import KeepAliveAdapter
from .verbs import VERBS
from .view import Trace, can_be_viewed, view_of

_sessions: Any = requests.sessions

#: What a request has whose session can perform it.
_PERFORMED = frozenset(
    ("params", "data", "headers", "timeout", "allow_redirects", "stream", "verify", "cert", "json")
)


class OwnSession(requests.Session):
    """A `requests.Session`, in less time.

    Threading: as a `requests.Session`.
    """

    #: What its last plain request shares with the next one.
    _ahoyhoy_shared: Shared | None = None

    def request(
        self,
        method: Any,
        url: Any,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        cookies: Any = None,
        files: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = True,
        proxies: Any = None,
        hooks: Any = None,
        stream: Any = None,
        verify: Any = None,
        cert: Any = None,
        json: Any = None,
    ) -> requests.Response:
        """Send a request; arguments, result and errors as for `requests.Session.request`."""
        if (
            not (cookies or files or proxies)
            and auth is None
            and hooks is None
            and self._is_plain(stream, verify, cert)
        ):
            request = self._prepared(method, url, params, data, headers, json)
            if request is not None:
                options = settings_of(self, request.url, timeout, stream, verify, cert)
                return self._exchange(request, allow_redirects, options)
        return super().request(
            method, url, params, data, headers, cookies, files, auth, timeout, allow_redirects,
            proxies, hooks, stream, verify, cert, json,
        )  # fmt: skip

    def perform(
        self, method: str, url: str, options: dict[str, Any], fit: Fit = NO_FIT
    ) -> requests.Response | None:
        """Send a request with a transport that fits, if that can be done in less time.

        Args:
            method: of the request.
            url: of the request.
            options: as for `request`; for a `head()` that follows no redirects, say so.
            fit: what the call needs of its transport.

        Returns:
            The response; None: nothing was done, and the session's own verb is to be called.

        Raises:
            What `request` does; the error's `trace` says what the transport was asked.
        """
        if _verbs_of(type(self)) != _VERBS or not _PERFORMED.issuperset(options):
            return None
        take = options.get
        asked = take("stream"), take("verify"), take("cert")
        if not (self._is_plain(*asked) and can_be_viewed(self)):
            return None
        if "timeout" in options:
            fit = fit._replace(timeout=None)
        trace = Trace()
        try:
            request = self._prepared(
                method, url, take("params"), take("data"), take("headers"), take("json")
            )
            if request is None:
                return None
            settings = settings_of(self, request.url, take("timeout"), *asked)
            return self._attempt(request, take("allow_redirects", True), settings, fit, trace)
        except Exception as error:
            error.trace = trace  # type: ignore[attr-defined]
            raise

    def _attempt(
        self,
        request: requests.PreparedRequest,
        allow_redirects: bool,
        options: dict[str, Any],
        fit: Fit,
        trace: Trace,
    ) -> requests.Response:
        adapter = self._adapter_for(request.url)
        if fit.instance is not None or current() is not None or not _is_own(adapter):
            return _viewed(self, fit, trace)._exchange(request, allow_redirects, options)
        # It fits but for the timeout.
        hooks = request.hooks
        told = options if options["timeout"] is not None else {**options, "timeout": fit.timeout}
        trace.hops, trace.busy = 1, True
        response = _sent(adapter, request, told)
        trace.busy = False
        session = _viewed(self, fit, trace) if may_be_redirect(response) else self
        return finished(session, request, hooks, response, allow_redirects, options)

    def _is_plain(self, stream: Any, verify: Any, cert: Any) -> bool:
        return (
            fast.ENABLED
            and IS_KNOWN
            and SESSION.untouched()
            and may_skip(self)
            and is_plain(self, stream, verify, cert)
        )

    def _prepared(
        self, method: Any, url: Any, params: Any, data: Any, headers: Any, json: Any
    ) -> Any:
        known = self._ahoyhoy_shared
        shared = shared_by(self.headers, known)
        if shared is None:
            return None
        if shared is not known:
            # Not by assignment: a class may have a __setattr__ of its own.
            vars(self)["_ahoyhoy_shared"] = shared
        return prepared(shared, method, url, params, data, headers, json)

    def _exchange(
        self, request: requests.PreparedRequest, allow_redirects: bool, options: dict[str, Any]
    ) -> requests.Response:
        hooks = request.hooks
        adapter = self._adapter_for(request.url)
        response = _sent(adapter, request, options)
        return finished(self, request, hooks, response, allow_redirects, options)

    def _adapter_for(self, url: Any) -> Any:
        """What `get_adapter` says; of the two adapters that most sessions have, without a search."""
        mounted, find = self.adapters, self.get_adapter
        if len(mounted) == 2 and url.startswith("http://") and "https://" in mounted:
            adapter = mounted.get("http://")
            if adapter is not None and getattr(find, "__func__", None) is _GET_ADAPTER:
                return adapter
        return find(url=url)


def _sent(
    adapter: Any, request: requests.PreparedRequest, options: dict[str, Any]
) -> requests.Response:
    """The adapter's response, with the time it took."""
    clock = _sessions.preferred_clock
    start = clock()
    response: requests.Response = adapter.send(request, **options)
    response.elapsed = timedelta(seconds=clock() - start)
    return response


def _is_own(adapter: Any) -> bool:
    """Whether it is a transport of the library's, as the library made it."""
    return type(adapter) is KeepAliveAdapter and "send" not in vars(adapter)


def _viewed(session: OwnSession, fit: Fit, trace: Trace) -> OwnSession:
    view = cast(OwnSession, view_of(session, fit))
    object.__setattr__(view, "_ahoyhoy_trace", trace)
    return view


_GET_ADAPTER = requests.Session.get_adapter
_verbs_of = attrgetter("request", *VERBS)
_VERBS = _verbs_of(OwnSession)
