"""Calls by niquests, in an environment of its own: it brings another package named `urllib3`.

It is run by its path and imports nothing but niquests and the standard library. Each JSON line on
stdin asks for something; it ends when stdin does.
"""

from __future__ import annotations

import importlib
import itertools
import json
import sys
import time
from typing import Any


def main(ports: list[str]) -> None:
    """Serve the questions."""
    niquests = importlib.import_module("niquests")
    urls = itertools.cycle([f"http://127.0.0.1:{port}/" for port in ports])
    with niquests.Session() as session:
        for line in sys.stdin:
            print(json.dumps(_reply(json.loads(line), niquests, session, urls)), flush=True)


def _reply(question: dict[str, Any], niquests: Any, session: Any, urls: Any) -> Any:
    if "seconds" in question:
        started = time.perf_counter()
        for _ in range(question["seconds"]):
            session.get(next(urls))
        return time.perf_counter() - started
    if "answers" in question:
        responses = [session.get(next(urls)) for _ in range(question["answers"])]
        return [(r.status_code, r.text, dict(r.headers)) for r in responses]
    return niquests.__version__


if __name__ == "__main__":
    main(sys.argv[1:])
