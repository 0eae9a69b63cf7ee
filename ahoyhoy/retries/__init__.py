"""What happens after a failed attempt: policies, pauses, the budget, and the `Retry` of 4.x."""

from .backoff import (
    Backoff,
    ConstantBackoff,
    DecorrelatedJitterBackoff,
    EqualJitterBackoff,
    ExponentialBackoff,
    FullJitterBackoff,
    LinearBackoff,
)
from .budget import RetryBudget
from .policy import RetryPolicy
from .retries import Retry

__all__ = (
    "Backoff",
    "ConstantBackoff",
    "DecorrelatedJitterBackoff",
    "EqualJitterBackoff",
    "ExponentialBackoff",
    "FullJitterBackoff",
    "LinearBackoff",
    "Retry",
    "RetryBudget",
    "RetryPolicy",
)
