"""What happens after a failed attempt: `RetryPolicy`, and the `Retry` of 4.x."""

from .backoff import Backoff, ExponentialBackoff, FullJitterBackoff
from .policy import RetryPolicy
from .retries import Retry

__all__ = ("Backoff", "ExponentialBackoff", "FullJitterBackoff", "Retry", "RetryPolicy")
