"""A session as a call uses it: with adapters that fit the call, and a trace of what they were asked.

The session is not touched. A view is an object of a subclass of its own class that shares its
attributes: not a copy of them, the same dictionary. So it is with its adapters (see `fitted`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from ..utils import Instance
from .bounds import current
from .fitted import Fit, fitted, is_fitted
from .verbs import VERBS

#: What somebody may have put on a session.
_METHODS = frozenset(("send", "get_adapter", "request", *VERBS))


def can_be_viewed(session: Any) -> bool:
    """Whether a view of the session would do what the session does.

    A method that was replaced on the object itself (`session.send = …`) belongs to that object,
    and some classes cannot be derived from, or keep attributes where a view does not find them.
    """
    if not _can_be_derived(type(session)):  # type: ignore[arg-type]
        return False
    return _METHODS.isdisjoint(vars(session))


@functools.lru_cache(maxsize=256)
def _can_be_derived(kind: type) -> bool:
    if not issubclass(kind, requests.Session) or type(kind) is not type:
        return False
    own = kind.__mro__[: kind.__mro__.index(requests.Session)]
    return not any(vars(c).get("__slots__") or "__init_subclass__" in vars(c) for c in own)


def view_of(session: requests.Session, fit: Fit) -> requests.Session:
    """The session, with a fitting transport."""
    view: requests.Session = object.__new__(_session_class(type(session)))  # type: ignore[arg-type]
    # Not by assignment: the class may have a __setattr__ of its own.
    object.__setattr__(view, "__dict__", session.__dict__)
    object.__setattr__(view, "_ahoyhoy_fit", fit)
    object.__setattr__(view, "_ahoyhoy_trace", Trace())
    return view


@dataclass(slots=True)
class Trace:
    """What a view's transport was asked: evidence of where an error comes from.

    Attributes:
        hops: how many requests it was given; more than one after a redirect.
        busy: whether it was given one and has not returned an answer.
    """

    hops: int = 0
    busy: bool = False


def trace_of(view: Any) -> Trace:
    """What the view's transport was asked."""
    trace: Trace = view._ahoyhoy_trace
    return trace


class _Watched:
    """An adapter that leaves a trace, and is given no more time than is left."""

    def __init__(self, adapter: Any, trace: Trace) -> None:
        self._adapter = adapter
        self._trace = trace

    def send(self, *args: Any, **kwargs: Any) -> Any:
        bounds = current()
        if bounds is not None:
            bounds.check()
            if not is_fitted(self._adapter):
                kwargs["timeout"] = bounds.clip(kwargs.get("timeout"))
        self._trace.hops += 1
        self._trace.busy = True
        response = self._adapter.send(*args, **kwargs)
        self._trace.busy = False
        return response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


@functools.lru_cache(maxsize=64)
def _session_class(kind: type[requests.Session]) -> type[requests.Session]:
    def get_adapter(self: Any, url: str) -> Any:
        adapter = kind.get_adapter(self, url)
        if not isinstance(adapter, HTTPAdapter):  # a stand-in, or one that connects in its own way
            return _Watched(adapter, self._ahoyhoy_trace)
        fit: Fit = self._ahoyhoy_fit
        if fit.instance is not None and not _is_named(fit.instance, url):
            fit = Fit(timeout=fit.timeout)  # a redirect to elsewhere
        return _Watched(fitted(adapter, fit), self._ahoyhoy_trace)

    # Slots are the attributes that are the view's and not the session's.
    slots = ("_ahoyhoy_fit", "_ahoyhoy_trace")
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), {**names, "__slots__": slots, "get_adapter": get_adapter})


def _is_named(instance: Instance, url: str) -> bool:
    return url.lower().startswith(f"{instance.protocol}://{instance.netloc}/".lower())
