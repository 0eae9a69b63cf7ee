"""The time left as header values, written and strictly read.

All of them say how long, not until when: machines need not agree on what time it is. What is
written is never longer than what is left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

REQUEST_TIMEOUT = "X-Request-Timeout"
GRPC_TIMEOUT = "grpc-timeout"
ENVOY_TIMEOUT = "x-envoy-expected-rq-timeout-ms"
TIMEOUTS = (REQUEST_TIMEOUT, GRPC_TIMEOUT, ENVOY_TIMEOUT)
PRIORITY = "X-Request-Priority"
SERVICE_NAME = "X-Service-Name"
DO_NOT_RETRY = "X-Do-Not-Retry"

#: A name that is safe in a header: visible ASCII, with spaces inside at most.
SERVICE = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")

_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_GRPC = re.compile(r"([0-9]{1,8})([HMSmun])")
_WHOLE = re.compile(r"[0-9]+")
#: In nanoseconds, the finest first.
_UNITS = {"n": 1, "u": 10**3, "m": 10**6, "S": 10**9, "M": 60 * 10**9, "H": 3600 * 10**9}
_GRPC_MOST = 99_999_999


def format_timeout(header: str, seconds: float) -> str:
    """The seconds as one of the `TIMEOUTS` has them: rounded down, where it can be.

    Sources: gRPC over HTTP2 (`Timeout`); Envoy, HTTP router filter.

    Args:
        header: its name, as it stands there.
        seconds: finite, from 0 up.
    """
    return _FORMATS[header].write(seconds)


def parse_timeout(header: str, value: str, *, cap: float = 3600.0) -> float:
    """The seconds that a header of a request says are left, `cap` at most.

    Args:
        header: one of the `TIMEOUTS`, as it stands there.
        value: what came; others wrote it, so nothing is believed of it.
        cap: the most that is granted, in seconds.

    Raises:
        ValueError: for what is negative, infinite, no number, or not in the header's form.
    """
    form = _FORMATS[header]
    seconds = form.read(value.strip(" \t"))
    if seconds is None or not math.isfinite(seconds):
        raise ValueError(f"{header} must be {form.expected}")
    return min(seconds, cap)


def _write_decimal(seconds: float) -> str:
    micros = _floor(seconds, 10**6)
    return f"{micros // 10**6}.{micros % 10**6:06d}"


def _write_grpc(seconds: float) -> str:
    for unit, nanos in _UNITS.items():
        count = _floor(seconds, 10**9) // nanos
        if count <= _GRPC_MOST:
            return f"{max(count, 1)}{unit}"
    return f"{_GRPC_MOST}H"


def _write_millis(seconds: float) -> str:
    return str(max(_floor(seconds, 1000), 1))


def _floor(seconds: float, per_second: int) -> int:
    # In whole numbers: a product of floats may be rounded up, to more than is left.
    numerator, denominator = seconds.as_integer_ratio()
    return numerator * per_second // denominator


def _read_decimal(value: str) -> float | None:
    return float(value) if _DECIMAL.fullmatch(value) else None


def _read_grpc(value: str) -> float | None:
    match = _GRPC.fullmatch(value)
    return int(match[1]) * _UNITS[match[2]] / 10**9 if match else None


def _read_millis(value: str) -> float | None:
    return float(value) / 1000 if _WHOLE.fullmatch(value) else None


class _Form(NamedTuple):
    write: Callable[[float], str]
    read: Callable[[str], float | None]
    expected: str


_FORMATS = {
    REQUEST_TIMEOUT: _Form(_write_decimal, _read_decimal, "seconds from 0 up, such as 2.5"),
    GRPC_TIMEOUT: _Form(_write_grpc, _read_grpc, "at most 8 digits and a unit, such as 2500m"),
    ENVOY_TIMEOUT: _Form(_write_millis, _read_millis, "whole milliseconds, such as 2500"),
}
