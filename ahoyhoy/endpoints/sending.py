"""How an attempt reaches an endpoint, whatever it is."""

from __future__ import annotations

import functools
from typing import Any

from .._core import Call, Clock, Judgement, Outcome
from ..circuit.guarded import REFUSED
from ..classifiers.redaction import redact
from ..classifiers.servererror import is_server_error, server_error
from ..classifiers.verdicts import judge_error, judge_response
from ..exceptions import CircuitOpenError
from ..http.verbs import stock_verb
from .bounded import is_cancelled, judging, not_started, within_bounds
from .direct import DirectEndpoint
from .endpoint import Endpoint


def send(endpoint: Any, call: Call, clock: Clock) -> Outcome:
    """Make one attempt on an endpoint; its outcome, never an Exception.

    Anything with the verbs will do: a balancer of 4.x style may return what it likes, and tests
    replace an endpoint's `get`.
    """
    # Of a DirectEndpoint, a client has looked.
    if type(endpoint) is DirectEndpoint or _is_stock(endpoint, call.verb):
        attempted: Outcome = endpoint.attempt(call)
        return attempted
    if is_cancelled(call):
        return not_started()
    started = clock()
    try:
        response = within_bounds(call, functools.partial(_call, endpoint, call))
    except Exception as error:
        redact(error, call.url)
        response = getattr(error, "response", None)
        status = getattr(response, "status_code", None)
        judge = judging(call, functools.partial(_judge, endpoint))
        return Outcome(judge(error), response, error, clock() - started, status)
    failed = server_error(response) if is_server_error(response) else None
    status = getattr(response, "status_code", None)
    return Outcome(judge_response(response), response, failed, clock() - started, status)


def _judge(endpoint: Any, error: Exception) -> Judgement:
    if isinstance(error, CircuitOpenError) and not getattr(endpoint, "available", True):
        return REFUSED
    return judge_error(error)


def _is_stock(endpoint: Any, verb: str) -> bool:
    return isinstance(endpoint, Endpoint) and all(
        stock_verb(endpoint, name, Endpoint) for name in (verb, "_perform")
    )


def _call(endpoint: Any, call: Call) -> Any:
    if call.verb == "request" and hasattr(endpoint, "request"):
        return endpoint.request(call.method, call.url, *call.args, **call.options)
    return getattr(endpoint, call.method.lower())(call.url, *call.args, **call.options)
