"""Runs the tests of requests, from its source archive, with `ahoyhoy.Session` in its session's place.

    python tests/drop_in/run.py [--sources DIR] [WAY ...] [-- PYTEST_ARGUMENT ...]

A way is `stock`, `plain` or `balanced` (see `plugin`), with `-slow` after it to have the library
take its slow path always. The tests are those of the requests that is installed here; what an
earlier run has put into DIR is not downloaded again. Exits with the first way's failure.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
WAYS = ("plain", "balanced", "plain-slow", "balanced-slow")
#: What would have the tests talk to others, or trust others, than they think.
FOREIGN = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
#: A tenth of it is usual.
PATIENCE = 600.0


def fetch_sources(folder):
    """The tests' folder, in the source archive of the requests that is installed here."""
    release = f"requests-{version('requests')}"
    sources = folder / release
    if not sources.is_dir():
        archive = ["--no-binary", "requests", release.replace("-", "==")]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *archive]
        subprocess.run([*pip, "--dest", str(folder)], check=True)
        unpack(folder / f"{release}.tar.gz", folder)
    return sources


def unpack(archive, folder):
    """Whole or not at all: the folder it makes is taken for a complete one next time."""
    with tempfile.TemporaryDirectory(dir=folder) as place, tarfile.open(archive) as tar:
        tar.extractall(place, filter="data")
        (unpacked,) = Path(place).iterdir()
        unpacked.rename(folder / unpacked.name)


def run_suite(way, sources, arguments):
    """The exit code of pytest, and what it said."""
    session, _, slow = way.partition("-")
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment |= {"PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"}
    if slow:
        environment["AHOYHOY_FAST"] = "0"
    # pytest-httpbin has fixtures of the same names.
    plugins = ["-p", "no:httpbin", "-p", "drop_in.plugin", "-p", "no:cacheprovider"]
    pytest = [sys.executable, "-m", "pytest", *plugins, "-q", "-W", "ignore"]
    began = time.monotonic()
    command = [*pytest, f"--session={session}", *arguments]
    run = subprocess.run(
        command,
        cwd=sources,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    took = f"exit code {run.returncode} after {time.monotonic() - began:.0f} s"
    return run.returncode, f"=== the tests of {sources.name}, {way}: {took} ===\n{run.stdout}"


def main():
    """Parses, fetches, runs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sources", type=Path, help="where to keep the source archive")
    parser.add_argument("ways", nargs="*", metavar="WAY", help=f"default: {' '.join(WAYS)}")
    own = list(itertools.takewhile("--".__ne__, sys.argv[1:]))
    arguments = sys.argv[len(own) + 2 :]
    asked = parser.parse_args(own)
    known = {"stock", *WAYS}
    if unknown := set(asked.ways) - known:
        parser.error(f"no such way: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    with tempfile.TemporaryDirectory() as place:
        folder = asked.sources or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        sources = fetch_sources(folder)
        worst = 0
        # At the same time: most of the suite's time is spent in waiting for timeouts.
        with ThreadPoolExecutor() as threads:
            ways = asked.ways or WAYS
            for code, said in threads.map(lambda way: run_suite(way, sources, arguments), ways):
                print(said, flush=True)
                worst = worst or code
    return worst


if __name__ == "__main__":
    sys.exit(main())
