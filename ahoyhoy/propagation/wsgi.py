"""The caller's deadline and priority for the calls that a WSGI application makes (Flask, gunicorn …).

>>> from ahoyhoy.propagation.wsgi import DeadlineMiddleware
>>> def application(environ, start_response):
...     start_response("200 OK", [])
...     return [b"hello"]
>>> application = DeadlineMiddleware(application, default=10)

For Flask: `app.wsgi_app = DeadlineMiddleware(app.wsgi_app)`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from .._core import Clock
from .admission import SERVICE_NAME_KEY, Admission, Refusal
from .parts import PartsOnTerms


class DeadlineMiddleware:
    """Serves a request within the time its caller waits, or not at all.

    The calls that the application makes for it inherit its deadline and priority, also while the
    body is made, and in this thread only. A request that comes too late is answered 408 with
    `X-Do-Not-Retry: 1`. Nothing is interrupted.

    `environ["ahoyhoy.service_name"]` is the caller's name for itself (its `X-Service-Name`), or None.

    Args:
        app: a WSGI application (PEP 3333).
        default: seconds for a request whose headers do not say; None: no deadline.
        cap: the most seconds that a header is granted. Default 3600.
        on_bad: `"ignore"` a timeout header that is none, or `"reject"` it with a 400.
        clock: seconds that never go back.

    Raises:
        ValueError: for a value out of its range.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        *,
        default: float | None = None,
        cap: float = 3600.0,
        on_bad: str = "ignore",
        clock: Clock = time.monotonic,
    ) -> None:
        self._app = app
        self._admission = Admission(default=default, cap=cap, on_bad=on_bad, clock=clock)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request; blocks as long as the application does."""
        terms = self._admission.admit(
            lambda name: environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        )
        if isinstance(terms, Refusal):
            start_response(
                f"{terms.status.value} {terms.status.phrase}", list(terms.headers.items())
            )
            return [] if environ.get("REQUEST_METHOD") == "HEAD" else [terms.body]
        environ[SERVICE_NAME_KEY] = terms.service_name
        if terms.are_empty:
            return self._app(environ, start_response)
        with terms.applied():
            parts = self._app(environ, start_response)
        return parts if _is_made(parts, environ) else PartsOnTerms(parts, terms)


def _is_made(parts: Iterable[bytes], environ: dict[str, Any]) -> bool:
    """Whether no code of the application runs while the parts are sent."""
    if isinstance(parts, (list, tuple)):
        return True  # servers take the length of a body from that of the list
    kind = environ.get("wsgi.file_wrapper")
    return isinstance(kind, type) and isinstance(parts, kind)  # sent by the kernel
