"""What a client adds to the endpoints its balancer picks."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._core import Call
from ..endpoints import Endpoint
from ..endpoints.defaults import NO_CALLBACKS, NOTHING, Callbacks, Defaults
from ..endpoints.direct import shortened
from ..exceptions import AhoyhoyClientException
from .settings import Settings


class Views:
    """The views of endpoints that were made before, each good until something changes at its endpoint.

    Threading: each operation on the dictionary is one; of two views made at once either will do.
    """

    def __init__(self) -> None:
        #: by identity: of two endpoints of one host, one may know of another scheme or path
        self._known: dict[int, tuple[Any, dict[str, Any], Endpoint]] = {}

    def of(self, endpoint: Endpoint) -> Endpoint | None:
        """The view of an endpoint, if there is one that would be made in the same way now."""
        reference, state, view = self._known.get(id(endpoint), _NONE)
        return view if reference() is endpoint and state == vars(endpoint) else None

    def keep(self, endpoint: Endpoint, view: Endpoint) -> Endpoint:
        """The view, which is kept for as long as there is the endpoint."""
        key, known = id(endpoint), self._known
        reference = weakref.ref(endpoint, lambda _: known.pop(key, None))
        known[key] = reference, dict(vars(endpoint)), view
        return view


_NONE: Any = (lambda: None, {}, None)


@dataclass(frozen=True, slots=True)
class Equipment:
    """A client's own session, retry function, callbacks, defaults, and what it tells the service.

    They travel with each call. The endpoints are the balancer's, and perhaps other clients' too.
    """

    session: Any = None
    retry: Callable[..., Any] | None = None
    callbacks: Callbacks = NO_CALLBACKS
    defaults: Defaults = NOTHING
    propagation: Callable[[Call], Call] | None = None
    _views: Views = field(default_factory=Views, repr=False, compare=False)

    def equip(self, endpoint: Any, call: Call) -> tuple[Any, Call]:
        """The endpoint and the call as this client uses them."""
        if self.propagation is not None:
            call = self.propagation(call)
        if isinstance(endpoint, Endpoint):
            return self._views.of(endpoint) or self._kept(endpoint), call
        self._check(endpoint)
        # A stand-in gets headers, if any were set, and never a timeout it may not know.
        return endpoint, call.with_options(**self.defaults.for_call(call.options, timeout=False))

    def equip_plainly(self, endpoint: Any, call: Call) -> tuple[Any, Call]:
        """The endpoint as it is, and the call as this client tells it."""
        return endpoint, call if self.propagation is None else self.propagation(call)

    def bind(self, endpoint: Endpoint) -> Endpoint:
        """A view of the endpoint, as this client uses it."""
        return endpoint.bound(
            session=self.session,
            retry=self.retry,
            callbacks=self.callbacks,
            defaults=self.defaults,
        )

    def _kept(self, endpoint: Endpoint) -> Endpoint:
        return self._views.keep(endpoint, shortened(self.bind(endpoint)))

    def _check(self, endpoint: Any) -> None:
        if self.session is None and self.retry is None and self.callbacks == NO_CALLBACKS:
            return
        raise AhoyhoyClientException(
            f"the balancer picked {endpoint!r}, which is no ahoyhoy Endpoint: a session, retry"
            " function or callbacks cannot be added to it; leave them out of the builder"
        )


def equipment_of(settings: Settings) -> Equipment:
    """What the settings of a client add to its endpoints."""
    return Equipment(
        settings.session,
        settings.retry_http_call_func,
        settings.callbacks,
        Defaults(dict(settings.headers or {}), settings.timeout),
        settings.propagation,
    )
