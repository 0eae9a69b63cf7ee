"""The short way from a call to the library's own session, where nothing of a user's stands between."""

from __future__ import annotations

import functools
from typing import Any

from .._core import Call, Outcome
from ..circuit.guarded import Judges
from ..classifiers.verdicts import judge_response
from ..http.ownsession import OwnSession
from ..servicediscovery import ServiceDiscoveryHttpClient
from .bounded import is_cancelled, not_started, within_bounds
from .endpoint import Endpoint

_NOTHING: dict[str, Any] = {}


class DirectEndpoint(Endpoint):
    """A client's view of an endpoint without callbacks, over a session that the library made."""

    def attempt(self, call: Call) -> Outcome:
        """Make one attempt of a call; what `Endpoint.attempt` would come to as well."""
        url = call.url
        if call.args or not url.startswith("/"):
            return super().attempt(call)
        exchange = functools.partial(self._send, call)
        if call.deadline is not None or call.cancellation is not None:
            if is_cancelled(call):
                return not_started()
            exchange = functools.partial(_send_within_bounds, call, exchange)
        return self._attempt(
            exchange,
            (url,),
            _NOTHING,
            judges=Judges(judge_response, functools.partial(self._judge_error, call, url)),
            bypass=call.bypass,
        )

    def _send(self, call: Call, url: str) -> Any:
        # A default timeout the transport adds, where the verb turns out not to be requests' own.
        options = self._defaults.for_call(call.options, timeout=False)
        session: ServiceDiscoveryHttpClient = self._session
        return session.exchange(call.verb, call.method, session.origin + url, options)


def _send_within_bounds(call: Call, send: Any, url: str) -> Any:
    return within_bounds(call, functools.partial(send, url))


def shortened(view: Endpoint) -> Endpoint:
    """The same view, which takes the short way if there is one."""
    state = vars(view)
    session = state["_session"]
    if type(view) is not Endpoint or type(session) is not ServiceDiscoveryHttpClient:
        return view
    if type(view._plain_session) is not OwnSession or not _OWN.isdisjoint(state):
        return view
    if any(state[name] is not None for name in ("_pre", "_post", "_exc", "_classify", "_retry")):
        return view
    direct: DirectEndpoint = object.__new__(DirectEndpoint)
    vars(direct).update(state)
    return direct


#: What somebody may have put on an endpoint.
_OWN = frozenset(name for name in dir(Endpoint) if not name.startswith("_"))
