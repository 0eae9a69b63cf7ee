"""The caller's deadline and priority for the calls that an aiohttp.web application makes.

>>> from aiohttp import web
>>> from ahoyhoy.propagation.aiohttp import deadline_middleware
>>> app = web.Application(middlewares=[deadline_middleware(default=10)])
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from .._core import Clock
from .admission import SERVICE_NAME_KEY, Admission, Refusal

#: `request[SERVICE_NAME]` is the caller's name for itself (its `X-Service-Name`), or None.
SERVICE_NAME: Any = (
    web.RequestKey(SERVICE_NAME_KEY, str)
    if hasattr(web, "RequestKey")  # since aiohttp 3.14, which warns of plain strings
    else SERVICE_NAME_KEY
)

_Respond: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def deadline_middleware(
    *,
    default: float | None = None,
    cap: float = 3600.0,
    on_bad: str = "ignore",
    clock: Clock = time.monotonic,
) -> Callable[[web.Request, _Respond], Awaitable[web.StreamResponse]]:
    """A middleware that serves a request within the time its caller waits, or not at all.

    The calls made for it, also those of tasks and `asyncio.to_thread`, inherit its deadline and
    priority, until the function that responds returns. A request that comes too late is answered
    408 with `X-Do-Not-Retry: 1`. Nothing is interrupted.

    `request[SERVICE_NAME]` is the caller's name for itself (its `X-Service-Name`), or None.

    Args:
        default: seconds for a request whose headers do not say; None: no deadline.
        cap: the most seconds that a header is granted. Default 3600.
        on_bad: `"ignore"` a timeout header that is none, or `"reject"` it with a 400.
        clock: seconds that never go back.

    Raises:
        ValueError: for a value out of its range.
    """
    admission = Admission(default=default, cap=cap, on_bad=on_bad, clock=clock)

    @web.middleware
    async def middleware(request: web.Request, handler: _Respond) -> web.StreamResponse:
        terms = admission.admit(lambda name: _header(request, name))
        if isinstance(terms, Refusal):
            return web.Response(body=terms.body, status=terms.status, headers=terms.headers)
        request[SERVICE_NAME] = terms.service_name
        with terms.applied():
            return await handler(request)

    return middleware


def _header(request: web.Request, name: str) -> str | None:
    values = request.headers.getall(name, [])
    return ",".join(values) if values else None
