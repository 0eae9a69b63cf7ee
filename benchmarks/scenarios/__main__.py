"""Runs scenarios and prints what they found: `python -m benchmarks.scenarios --help`."""

from __future__ import annotations

import argparse
import os
import sys
import time

from . import (
    all_busy,
    black_hole,
    comeback,
    drip,
    outage,
    script,
    slow_host,
    slow_spell,
    stalls,
)
from .scenario import Settings

MODULES = (
    slow_spell, slow_host, black_hole, stalls, all_busy, comeback, drip, script, outage
)  # fmt: skip
SCENARIOS = tuple(module.SCENARIO for module in MODULES)


def main(arguments: list[str]) -> int:
    """Run what was asked for. 1 when a goal was missed."""
    options = _parser().parse_args(arguments)
    # No machine's proxy has a part in this, nor has the size of its environment: without this,
    # requests goes through all of it, twice a call.
    os.environ["no_proxy"] = "127.0.0.1"
    settings = Settings(options.seconds, options.quick, not options.without_peers)
    chosen = options.names or range(1, len(SCENARIOS) + 1)
    missed = []
    for number in chosen:
        scenario = SCENARIOS[number - 1]
        print(f"{number} {scenario.name}: {scenario.story}", flush=True)
        started = time.monotonic()
        report = scenario.run(settings)
        print("\n".join(report.lines()))
        # Of more than one or two, much was somebody else's, and times are no good.
        load = os.getloadavg()[0]
        print(f"  ({time.monotonic() - started:.0f} s, load average {load:.1f})\n", flush=True)
        if not report.met:
            missed.append(scenario.name)
    print(f"missed: {', '.join(missed)}" if missed else "every goal was met")
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scenarios",
        description="Clients beside each other on hosts that misbehave.",
        epilog="\n".join(f"{n} {s.name}: {s.story}" for n, s in enumerate(SCENARIOS, 1)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", type=_number_of, metavar="name", help="scenarios or their numbers"
    )
    parser.add_argument("--seconds", type=float, help="of load for each client")
    parser.add_argument("--quick", action="store_true", help="a shorter run of each")
    parser.add_argument("--without-peers", action="store_true", help="no other clients")
    return parser


def _number_of(word: str) -> int:
    for number, scenario in enumerate(SCENARIOS, 1):
        if word in (scenario.name, str(number)):
            return number
    raise argparse.ArgumentTypeError(f"there is no scenario {word!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
