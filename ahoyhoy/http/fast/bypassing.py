"""Which methods of a session the fast path does without, and whether it may."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import requests

_Function = TypeVar("_Function", bound=Callable[..., Any])

_STEPS = (
    "send",
    "prepare_request",
    "merge_environment_settings",
    "resolve_redirects",
    "get_redirect_target",
)
_steps_of = attrgetter(*_STEPS)
_STOCK = _steps_of(requests.Session)
_names = frozenset(_STEPS)

#: By identity: what marks a function is copied to whatever stands in for it.
_skippable = set(_STOCK)


def skippable(function: _Function) -> _Function:
    """Say of an override that requests' own would do the same where the fast path does without.

    That is where `request` was given a whole URL, and where the answer is no redirect.
    """
    _skippable.add(function)
    return function


def may_skip(session: requests.Session) -> bool:
    """Whether nobody replaced, in a class or on the object, what the fast path does without."""
    steps = _steps_of(type(session))
    return (steps == _STOCK or _skippable.issuperset(steps)) and _names.isdisjoint(vars(session))
