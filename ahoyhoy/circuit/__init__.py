"""Circuit breakers: `CircuitBreaker` for any callable, `Circuit` for what an endpoint is, `RedisCircuits` to share them."""

from .breaker import CircuitBreaker
from .circuit import Circuit
from .factory import BreakerFactory
from .rediscircuits import RedisCircuits
from .settings import BreakerSettings
from .sharedbreaker import SharedBreaker, Word
from .states import ClosedState, HalfOpenState, OpenState

__all__ = (
    "BreakerFactory",
    "BreakerSettings",
    "Circuit",
    "CircuitBreaker",
    "ClosedState",
    "HalfOpenState",
    "OpenState",
    "RedisCircuits",
    "SharedBreaker",
    "Word",
)
