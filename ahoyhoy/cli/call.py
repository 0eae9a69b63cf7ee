"""`ahoyhoy get|head|options|post|put|patch|delete`: one call, and the story of its attempts."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from typing import Any

import requests

from .._core import Attempt
from ..client import attempts_of
from ..utils.instance import netloc
from .exits import Exit

VERBS = ("get", "head", "options", "post", "put", "patch", "delete")


def call(arguments: argparse.Namespace) -> int:
    """Send the request; the body goes to stdout, everything else to stderr."""
    options: dict[str, Any] = {"headers": dict(arguments.header), "data": arguments.data}
    if arguments.timeout is not None:
        options["timeout"] = arguments.timeout
    with arguments.service as session:
        try:
            response = session.request(arguments.verb.upper(), arguments.path, **options)
        except requests.RequestException as error:
            _tell_error(error, arguments)
            raise
        _tell_answer(response, arguments)
    if not arguments.fail or response.ok:
        return Exit.OK
    print(f"ahoyhoy: HTTP {response.status_code} {response.reason}", file=sys.stderr)
    return Exit.HTTP_ERROR


def _tell_answer(response: requests.Response, arguments: argparse.Namespace) -> None:
    attempts = attempts_of(response)
    if arguments.verbose:
        print(timeline(attempts), file=sys.stderr)
    if arguments.json:
        answer = {
            "status": response.status_code,
            "reason": response.reason,
            "headers": dict(response.headers),
            **_body(response.content),
        }
        print(json.dumps(answer | {"attempts": [entry(a) for a in attempts]}))
    elif arguments.verb == "head":
        print(f"HTTP {response.status_code} {response.reason}")
        for name, value in response.headers.items():
            print(f"{name}: {value}")
    else:
        sys.stdout.buffer.write(response.content)
        if sys.stdout.isatty() and response.content and not response.content.endswith(b"\n"):
            print()


def _tell_error(error: requests.RequestException, arguments: argparse.Namespace) -> None:
    attempts = getattr(error, "attempts", ())
    if arguments.verbose and attempts:
        print(timeline(attempts), file=sys.stderr)
    if arguments.json:
        failure = {"error": str(error), "type": type(error).__name__}
        print(json.dumps(failure | {"attempts": [entry(a) for a in attempts]}))


def _body(content: bytes) -> dict[str, str]:
    try:
        return {"body": content.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(content).decode()}


def entry(attempt: Attempt) -> dict[str, Any]:
    """An attempt as JSON has it; times in seconds."""
    return {
        "host": netloc(attempt.host),
        "started": round(attempt.started, 6),
        "elapsed": round(attempt.elapsed, 6),
        "verdict": attempt.verdict.name,
        "status": attempt.status,
        "error": attempt.error,
    }


def timeline(attempts: Sequence[Attempt]) -> str:
    """One line per attempt: when it began, where it went, what became of it, how long it took."""
    names = [netloc(attempt.host) for attempt in attempts]
    width = max(map(len, names), default=0)
    return "\n".join(
        f"{a.started:8.3f} s  {name:{width}}  {a.verdict.name:9}  {a.elapsed:7.3f} s  "
        + (a.error or f"HTTP {a.status}")
        for a, name in zip(attempts, names, strict=True)
    )
