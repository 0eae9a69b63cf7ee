"""A strategy for each HTTP method."""

from __future__ import annotations

from collections.abc import Mapping

from .._core import Call, Outcome, Steps
from .strategy import Course, Strategy, check_strategy


class PerMethod:
    """Has another strategy for some methods.

    Args:
        strategies: by method, for example `{"GET": Hedged(), "POST": Single()}`.
        otherwise: for every other method.

    Raises:
        TypeError: when one of them is no strategy.
    """

    def __init__(self, strategies: Mapping[str, Strategy], otherwise: Strategy) -> None:
        if not isinstance(strategies, Mapping) or not all(
            isinstance(method, str) for method in strategies
        ):
            raise TypeError(
                f"strategies are a mapping of methods, for example {{'GET': Hedged()}}, not"
                f" {strategies!r}"
            )
        for strategy in (*strategies.values(), otherwise):
            check_strategy(strategy)
        self._strategies = {method.upper(): s for method, s in strategies.items()}
        self._otherwise = otherwise

    def run(self, call: Call, course: Course) -> Steps[Outcome]:
        """The steps of a call: those of its method's strategy."""
        return self._strategies.get(call.method, self._otherwise).run(call, course)

    def __repr__(self) -> str:
        return f"PerMethod({self._strategies!r}, otherwise={self._otherwise!r})"
