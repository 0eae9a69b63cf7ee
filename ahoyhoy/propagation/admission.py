"""What a server makes of the headers of a request: the same for every framework."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .._core import Clock, Deadline
from .._core.deadline import TOO_LATE
from .context import PRIORITIES, priority, until
from .headers import DO_NOT_RETRY, PRIORITY, SERVICE, SERVICE_NAME, TIMEOUTS, parse_timeout

#: Where a request keeps its caller's name: in the WSGI environ, the ASGI scope …
SERVICE_NAME_KEY = "ahoyhoy.service_name"


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a request is served.

    Attributes:
        deadline: until when its caller waits; None: nobody said.
        priority: how urgent it is; None: nobody said.
        service_name: who says to be the caller; None: nobody said.
    """

    deadline: Deadline | None
    priority: str | None
    service_name: str | None

    @property
    def are_empty(self) -> bool:
        """Whether the code of the request runs as it would without them."""
        return self.deadline is None and self.priority is None

    @contextmanager
    def applied(self) -> Iterator[None]:
        """A `with` block of the request's code."""
        with ExitStack() as stack:
            if self.deadline is not None:
                stack.enter_context(until(self.deadline))
            if self.priority is not None:
                stack.enter_context(priority(self.priority))
            yield


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that is not served.

    Attributes:
        status: 400 or 408.
        text: why, for people.
    """

    status: HTTPStatus
    text: str

    @property
    def body(self) -> bytes:
        """The text as it is sent."""
        return f"{self.text}\n".encode()

    @property
    def headers(self) -> dict[str, str]:
        """Those of the answer; the body's length is among them."""
        headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(self.body)),
        }
        if self.status is HTTPStatus.REQUEST_TIMEOUT:
            # RFC 9110 lets clients repeat after a 408, and some do. Nobody waits for it.
            headers[DO_NOT_RETRY] = "1"
        return headers


class Admission:
    """Reads the terms of a request from its headers.

    Of several timeout headers the shortest counts: a proxy adds its own to the caller's.

    Args:
        default: seconds granted where no header says how many; None: as many as it takes.
        cap: the most seconds that a header is granted. Default 3600.
        on_bad: what becomes of a request with a timeout that is none (negative, infinite, not
            in the header's form): `"ignore"`, served as if it were not there, or `"reject"`,
            answered 400. Default `"ignore"`.
        clock: seconds that never go back.

    Raises:
        ValueError: for a value out of its range.

    Threading: it has no state; any number of threads may use one.
    """

    def __init__(
        self,
        *,
        default: float | None = None,
        cap: float = 3600.0,
        on_bad: str = "ignore",
        clock: Clock = time.monotonic,
    ) -> None:
        if default is not None:
            _check_seconds("default", default)
        _check_seconds("cap", cap)
        if on_bad not in ("ignore", "reject"):
            raise ValueError(f'on_bad must be "ignore" or "reject", not {on_bad!r}')
        self._default = default
        self._cap = cap
        self._on_bad = on_bad
        self._clock = clock

    def admit(self, header: Callable[[str], str | None]) -> Terms | Refusal:
        """The terms of a request that came just now, or the answer instead of them.

        Args:
            header: gives the value of a header by its name in any case; None where there is none.
        """
        granted = []
        for name in TIMEOUTS:
            value = header(name)
            if value is None:
                continue
            try:
                granted.append(parse_timeout(name, value, cap=self._cap))
            except ValueError as error:
                if self._on_bad == "reject":
                    return Refusal(HTTPStatus.BAD_REQUEST, str(error))
        seconds = min(granted, default=self._default)
        if seconds is not None and seconds <= TOO_LATE:
            return Refusal(HTTPStatus.REQUEST_TIMEOUT, "no time was left to answer this request")
        deadline = None if seconds is None else Deadline.after(seconds, self._clock)
        return Terms(deadline, _level(header(PRIORITY)), _name(header(SERVICE_NAME)))


def _level(value: str | None) -> str | None:
    level = (value or "").strip(" \t").lower()
    return level if level in PRIORITIES else None


def _name(value: str | None) -> str | None:
    name = (value or "").strip(" \t")
    return name if SERVICE.fullmatch(name) else None


def _check_seconds(name: str, value: Any) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not TOO_LATE < value < math.inf:
        raise ValueError(f"{name} must be finite seconds above {TOO_LATE}, not {value!r}")
