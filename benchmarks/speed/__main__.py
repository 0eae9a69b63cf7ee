"""Measures, and prints a table: `python -m benchmarks.speed --help`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import picking

from . import report, surroundings
from .measures import FULL, QUICK, Bench, large_environment, many_threads, one_call
from .peers import PEERS, niquests
from .profiling import print_profiles
from .server import Nginx, NginxMissing


def main(arguments: Sequence[str]) -> int:
    """Do what was asked for. With `--check`, 1 when a goal was missed; 2 without nginx."""
    options = _parser().parse_args(arguments)
    try:
        with surroundings.usual(), Nginx() as nginx, Bench(nginx.ports) as bench:
            if options.profile:
                print_profiles(bench)
                return 0
            return _measure(bench, options)
    except NginxMissing as error:
        print(error, file=sys.stderr)
        return 2


def _measure(bench: Bench, options: argparse.Namespace) -> int:
    size = QUICK if options.quick else FULL
    peers = [peer for peer in PEERS if peer.version is not None]
    missing = [peer.name for peer in PEERS if peer.version is None]
    if options.niquests:
        peers.append(niquests(options.niquests))
    else:
        missing.append("niquests (see --niquests)")
    print(report.heading(), flush=True)
    measures, rows = one_call(bench, peers, size)
    measures += many_threads(bench, size)
    measures += large_environment(bench, size)
    measures += picking.measures(options.quick)
    print(*report.clients_table(rows), "", *report.measures_table(measures), sep="\n")
    if missing:
        print(f"\nnot installed, so not measured: {', '.join(missing)}")
    if options.json:
        options.json.write_text(json.dumps(report.as_json(measures, rows), indent=2) + "\n")
    missed = sum(not one.met for one in measures)
    print(f"\n{missed} goals missed" if missed else "\nevery goal met")
    return 1 if missed and options.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description="What a call costs beside other clients, on one nginx with five ports.",
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the rounds")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there, too")
    parser.add_argument(
        "--niquests",
        type=_interpreter,
        metavar="PYTHON",
        help="an interpreter that has niquests, to be one of them",
    )
    parser.add_argument(
        "--profile", action="store_true", help="print where the time of a call goes instead"
    )
    return parser


def _interpreter(word: str) -> str:
    found = shutil.which(word)
    if found is None:
        raise argparse.ArgumentTypeError(f"there is no program {word!r}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
