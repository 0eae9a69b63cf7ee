"""The caller's deadline and priority for the calls that Django's views make.

In the settings, `"ahoyhoy.propagation.django.DeadlineMiddleware"` first in `MIDDLEWARE`, and if
need be `AHOYHOY_DEADLINE = {"default": 10, "on_bad": "reject"}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from .admission import Admission, Refusal, Terms
from .parts import PartsOnTerms, async_parts_on_terms


class DeadlineMiddleware:
    """Serves a request within the time its caller waits, or not at all.

    The calls that a view makes inherit its deadline and priority, also while a streamed response
    is made. A request that comes too late is answered 408 with `X-Do-Not-Retry: 1`. Nothing is
    interrupted. Works under WSGI and ASGI, with plain and with `async` views.

    `request.service_name` is the caller's name for itself (its `X-Service-Name`), or None.

    The setting `AHOYHOY_DEADLINE` is a dictionary with any of: `default` (seconds for a request
    whose headers do not say; otherwise those have no deadline), `cap` (the most seconds that a
    header is granted; 3600) and `on_bad` (`"ignore"` a timeout header that is none, as is the
    default, or `"reject"` it with a 400).

    Args:
        get_response: what Django gives each middleware.

    Raises:
        ImproperlyConfigured: when the setting is not of that kind.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        try:
            self._admission = Admission(**getattr(settings, "AHOYHOY_DEADLINE", {}))
        except (TypeError, ValueError) as error:
            raise ImproperlyConfigured(f"AHOYHOY_DEADLINE: {error}") from error
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        """The response, or under ASGI what can be awaited for it."""
        terms = self._admission.admit(request.headers.get)
        if self._is_async:
            return self._answer_later(request, terms)
        if isinstance(terms, Refusal):
            return _answer(terms)
        request.service_name = terms.service_name
        with terms.applied():
            return _stream_on(terms, self._get_response(request))

    async def _answer_later(self, request: Any, terms: Terms | Refusal) -> Any:
        if isinstance(terms, Refusal):
            return _answer(terms)
        request.service_name = terms.service_name
        with terms.applied():
            response: Awaitable[Any] = self._get_response(request)
            return _stream_on(terms, await response)


def _stream_on(terms: Terms, response: Any) -> Any:
    """The response, its body made on the terms where it is made while it is sent."""
    # The file of a FileResponse stays as it is: the server may let the kernel send it.
    is_file = getattr(response, "file_to_stream", None) is not None
    if response.streaming and not is_file and not terms.are_empty:
        parts = response.streaming_content
        on_terms = async_parts_on_terms if response.is_async else PartsOnTerms
        response.streaming_content = on_terms(parts, terms)
    return response


def _answer(refusal: Refusal) -> Any:
    return HttpResponse(refusal.body, status=refusal.status, headers=refusal.headers)
