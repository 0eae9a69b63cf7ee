"""The hosts of a scenario: real servers on loopback, with exact delays and faults."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ahoyhoy import Host

from . import _serving

SEED = 20


class Servers:
    """Some servers in a process of their own.

    Args:
        size: how many.
        behaviour: how they answer: see `_serving.Behaviour`.
    """

    def __init__(self, size: int, **behaviour: Any) -> None:
        # -I and -S, and by path: what is installed, or lies in the current folder, plays no part.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", _serving.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ports = self._ask({"size": size, "seed": SEED})
        self.hosts: tuple[Host, ...] = tuple(Host("127.0.0.1", port) for port in ports)
        self._healthy = behaviour
        self.reset()

    def reset(self) -> None:
        """All as at the start: how they answer, the draws, and what they counted."""
        self._ask({"reset": True})
        self.set(range(len(self.hosts)))

    def set(self, numbers: Iterable[int], **behaviour: Any) -> None:
        """Some of them answer differently from now on; without `behaviour`, as at the start."""
        self._ask({"set": list(numbers), "behaviour": self._healthy | behaviour})

    def arrivals(self) -> list[list[float]]:
        """When the requests came to each, in seconds of `time.monotonic`."""
        arrivals: list[list[float]] = self._ask({"arrivals": True})
        return arrivals

    def counts(self) -> Sequence[int]:
        """How many requests came to each."""
        return [len(times) for times in self.arrivals()]

    def close(self) -> None:
        """End them."""
        self._process.communicate()

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())
