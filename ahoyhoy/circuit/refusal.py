"""Why a circuit does not let a call through, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import CircuitOpenError
from .states import HalfOpenState

if TYPE_CHECKING:
    from .breaker import CircuitBreaker


def refusal(breaker: CircuitBreaker) -> CircuitOpenError:
    """The error for a call that is refused now."""
    wait = breaker.retry_in
    if breaker.state is HalfOpenState:
        when = "while a trial request is under way"
    else:
        when = "until it is closed" if wait is None else f"the next trial is due in {wait:.1f} s"
    name = f" ({breaker.name})" if breaker.name else ""
    return CircuitOpenError(f"Circuit state is open, no connections possible{name}: {when}.")
