"""Circuit breakers: `CircuitBreaker` for any callable, `Circuit` for what an endpoint is."""

from .breaker import CircuitBreaker
from .circuit import Circuit
from .factory import BreakerFactory
from .settings import BreakerSettings
from .states import ClosedState, HalfOpenState, OpenState

__all__ = (
    "BreakerFactory",
    "BreakerSettings",
    "Circuit",
    "CircuitBreaker",
    "ClosedState",
    "HalfOpenState",
    "OpenState",
)
