"""Every error of the library. The 4.x import paths re-export from here.

What a call raises is always a `requests` exception (or the programmer's own mistake, unchanged),
so `except requests.RequestException` keeps working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from pybreaker import CircuitBreakerError

if TYPE_CHECKING:
    from ._core.types import Attempt


class AhoyhoyError(Exception):
    """Base of everything the library raises by itself."""

    #: The story of the call, one entry per attempt, oldest first. Filled in by a client.
    attempts: tuple[Attempt, ...] = ()


class AhoyhoyClientException(AhoyhoyError):
    """Something a client could not do."""


class AhoyhoyRequestsException(AhoyhoyClientException, requests.RequestException):
    """A request failed, for a reason that `requests` has no name for."""


class ClientNoEndpointsException(AhoyhoyClientException, requests.ConnectionError):
    """No host could be reached: every circuit is open, every connection refused, or no host is known.

    `__cause__` is the last real error, `attempts` the hosts that were tried.
    """


class LimitExceededError(AhoyhoyClientException, requests.ConnectionError):
    """The limits on requests in flight were reached, and no request ended in time. Nothing was sent."""


class DeadlineExceeded(AhoyhoyClientException, requests.Timeout, TimeoutError):
    """The deadline of the call passed: before an attempt, between attempts, or while a body was read.

    `__cause__` is the last real error, `attempts` the story of the call.
    """


class AhoyhoyLbException(AhoyhoyError):
    """Something a load balancer could not do."""


class URLIsUnresolvedException(AhoyhoyLbException):
    """Never raised by 5.x; kept so that 4.x `except` clauses import."""


class LbNoEndpointsException(AhoyhoyLbException):
    """A balancer has no host that may be used now."""


class HostsBusyError(LbNoEndpointsException):
    """Every host that could be used has as many requests in flight as the limits allow."""

    #: how many requests of the balancer had ended by then: for whoever waits for the next one
    since = 0


class InvalidProviderError(AhoyhoyLbException, TypeError, AssertionError):
    """What a balancer was given as its source of hosts is not an `IProvider`.

    An AssertionError too, because 4.x asserted here.
    """


class InvalidHostError(AhoyhoyLbException, ValueError):
    """A host that cannot be connected to as it is written."""


class ProviderError(AhoyhoyLbException, requests.ConnectionError):
    """A source of hosts (DNS, a file …) could not be read and has no earlier list to offer."""

    _retry_after: float | None = None

    @property
    def retry_after(self) -> float | None:
        """For how many seconds the source asked not to be asked again; up to 300 are heeded.

        Registries do so by `Retry-After`. A source of your own may set it.

        Raises:
            TypeError: when it is set to what is no number.
        """
        return self._retry_after

    @retry_after.setter
    def retry_after(self, seconds: float | None) -> None:
        if seconds is not None and not isinstance(seconds, (int, float)):
            raise TypeError(f"retry_after is a number of seconds, not {seconds!r}")
        self._retry_after = seconds


class CircuitOpenError(AhoyhoyError, CircuitBreakerError, requests.ConnectionError, RuntimeError):
    """The circuit is open: nothing was sent. (Or it was asked to open when open, to close when closed.)

    A RuntimeError as in 4.x, a `pybreaker.CircuitBreakerError`, and a `requests.ConnectionError`.
    """


class AhoyhoyClassifiersException(AhoyhoyError):
    """What a response was judged to be."""


class Ahoyhoy500Exception(AhoyhoyClassifiersException, requests.HTTPError):
    """The server answered 5xx. `response` is that answer."""


class BuilderError(AhoyhoyError, TypeError, AssertionError):
    """A builder was asked to build without what it needs, or given something it cannot use.

    An AssertionError too, because 4.x asserted here.
    """


class ConfigurationError(AhoyhoyError, ValueError):
    """The configuration file says something that cannot be used. Names the file, the table and the key."""
