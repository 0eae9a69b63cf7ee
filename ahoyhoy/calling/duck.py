"""Balancers that are none of ours."""

from __future__ import annotations

from typing import Any

from ..exceptions import BuilderError
from ..lb.iloadbalancer import ILoadBalancer


class _LookAlike(ILoadBalancer):
    """Anything with `pick` and `update`."""

    def __init__(self, lb: Any) -> None:  # no provider: it has its own
        self._lb = lb

    def pick(self) -> Any:
        """What the other picks."""
        return self._lb.pick()

    def update(self) -> None:
        """Have the other update itself."""
        self._lb.update()

    def __getstate__(self) -> dict[str, Any]:
        """The other one."""
        return {"_lb": self._lb}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def balancer_of(lb: Any) -> ILoadBalancer:
    """The balancer, or one over anything that has `pick` and `update`.

    Raises:
        BuilderError: (a TypeError) for a class instead of an object, or something else entirely.
    """
    if isinstance(lb, type):
        raise BuilderError(
            f"{lb.__name__} is a class: make a balancer of it, for example"
            f" {lb.__name__}(ListProvider(Host('10.0.0.1', 80)))"
        )
    if isinstance(lb, ILoadBalancer):
        return lb
    if callable(getattr(lb, "pick", None)) and callable(getattr(lb, "update", None)):
        return _LookAlike(lb)
    raise BuilderError(
        f"{lb!r} is no load balancer: give one, for example RoundRobinLB(ListProvider(…))"
    )
