"""The modules of `benchmarks.speed`, which is in no package that gets installed."""

import importlib
import sys
from pathlib import Path

# Last, for `benchmarks` alone: the library that is tested is the installed one.
sys.path.append(str(Path(__file__).parent.parent))

clients, command, measures, peers, report, server, spread, surroundings, threads, ways = (
    importlib.import_module(f"benchmarks.speed.{name}")
    for name in (
        "clients",
        "__main__",
        "measures",
        "peers",
        "report",
        "server",
        "spread",
        "surroundings",
        "threads",
        "ways",
    )
)
