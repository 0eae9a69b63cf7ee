"""The caller's deadline and priority for the calls that an ASGI application makes (Starlette, FastAPI …).

>>> from ahoyhoy.propagation.asgi import DeadlineMiddleware
>>> async def application(scope, receive, send):
...     await send({"type": "http.response.start", "status": 204, "headers": []})
...     await send({"type": "http.response.body"})
>>> application = DeadlineMiddleware(application, default=10)

For Starlette and FastAPI: `app.add_middleware(DeadlineMiddleware, default=10)`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from .._core import Clock
from .admission import SERVICE_NAME_KEY, Admission, Refusal

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


class DeadlineMiddleware:
    """Serves a request within the time its caller waits, or not at all.

    The calls that the application makes for it inherit its deadline and priority, also those of
    tasks that it starts and of functions that its framework runs in threads. A request that comes
    too late is answered 408 with `X-Do-Not-Retry: 1`. Nothing is interrupted. What is not HTTP
    (websockets, lifespan) passes as it is.

    `scope["ahoyhoy.service_name"]` is the caller's name for itself (its `X-Service-Name`), or None.

    Args:
        app: an ASGI 3 application.
        default: seconds for a request whose headers do not say; None: no deadline.
        cap: the most seconds that a header is granted. Default 3600.
        on_bad: `"ignore"` a timeout header that is none, or `"reject"` it with a 400.
        clock: seconds that never go back.

    Raises:
        ValueError: for a value out of its range.
    """

    def __init__(
        self,
        app: Callable[[Any, Any, Any], Awaitable[None]],
        *,
        default: float | None = None,
        cap: float = 3600.0,
        on_bad: str = "ignore",
        clock: Clock = time.monotonic,
    ) -> None:
        self._app = app
        self._admission = Admission(default=default, cap=cap, on_bad=on_bad, clock=clock)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        terms = self._admission.admit(lambda name: _header(scope, name))
        if isinstance(terms, Refusal):
            await _answer(terms, scope, send)
            return
        with terms.applied():
            # A copy: what is around this middleware keeps its own scope.
            await self._app({**scope, SERVICE_NAME_KEY: terms.service_name}, receive, send)


def _header(scope: _Message, name: str) -> str | None:
    wanted = name.lower().encode()
    values = [value for key, value in scope["headers"] if key.lower() == wanted]
    return b",".join(values).decode("latin-1") if values else None


async def _answer(refusal: Refusal, scope: _Message, send: _Send) -> None:
    headers = [(name.lower().encode(), text.encode()) for name, text in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status.value, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else refusal.body
    await send({"type": "http.response.body", "body": body})
