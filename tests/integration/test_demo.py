"""`ahoyhoy demo`: what it promises is what its callers and its servers counted."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

NAMES = ["steady", "stopped", "killed", "errors", "recovery", "after"]


def demo(*words):
    return [sys.executable, "-m", "ahoyhoy", "demo", *words]


def servers_of(parent):
    """The pids of the children of a process, whichever of its threads started them."""
    found = (path.read_text().split() for path in Path(f"/proc/{parent}/task").glob("*/children"))
    return [int(pid) for pids in found for pid in pids]


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def report():
    began = time.monotonic()
    ran = subprocess.run(demo("--json"), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert time.monotonic() - began < 40
    return json.loads(ran.stdout)


def shares(report, server):
    """The share of one server, by phase, in the order in which the servers were started."""
    return {
        phase["name"]: list(phase["hosts"].values())[server]["share"] for phase in report["phases"]
    }


def test_no_caller_sees_a_failure(report):
    assert report["failures"] == 0
    assert report["errors"] == []
    assert report["calls"] > 500


def test_all_phases_are_played_on_four_processes(report):
    assert [phase["name"] for phase in report["phases"]] == NAMES
    for phase in report["phases"]:
        assert len(phase["hosts"]) == 4
        assert all(type(host["pid"]) is int for host in phase["hosts"].values())
        assert len({host["pid"] for host in phase["hosts"].values()}) == 4
        assert all(type(host["requests"]) is int for host in phase["hosts"].values())
        assert sum(host["share"] for host in phase["hosts"].values()) == pytest.approx(1, abs=0.01)


def test_a_steady_load_is_even(report):
    for server in range(4):
        assert shares(report, server)["steady"] == pytest.approx(0.25, abs=0.05)


def test_servers_that_cannot_be_reached_get_nothing(report):
    assert shares(report, 1)["stopped"] == 0
    assert [shares(report, 2)[name] for name in ("killed", "errors")] == [0, 0]
    # One of four is well. In that panic the one that answers is used by what it answers well of
    # late: once that is nothing, by trials alone.
    assert shares(report, 3)["errors"] < 0.2


def test_all_servers_get_their_share_in_the_end(report):
    for server in range(4):
        assert shares(report, server)["after"] > 0.1


def test_the_killed_server_is_a_new_process_afterwards(report):
    pids = [[host["pid"] for host in phase["hosts"].values()] for phase in report["phases"]]
    first, last = pids[0], pids[-1]
    assert [a == b for a, b in zip(first, last, strict=True)] == [True, True, False, True]


def test_without_a_terminal_it_prints_plain_lines_and_a_summary():
    ran = subprocess.run(demo("--seconds", "5"), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\x1b" not in ran.stdout
    for line in ("killed    kill -9 ", "errors    127.0.0.1:", "Failures seen by the caller: 0"):
        assert line in ran.stdout
    assert re.search(
        r"\nhost +steady +stopped +killed +errors +recovery +after +fault\n", ran.stdout
    )


def test_on_a_terminal_it_shows_a_table_of_80_columns():
    pytest.importorskip("rich")
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(
        demo("--seconds", "5"), stdout=theirs, stderr=subprocess.PIPE, env=environment
    ) as shown:
        os.close(theirs)
        screen = b"".join(iter(lambda: read(ours), b"")).decode()
        assert shown.stderr.read() == b""
    os.close(ours)
    assert shown.returncode == 0
    assert "KILLED" in screen
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen).replace("\r", "\n")
    tables = [line for line in plain.split("\n") if line.startswith("host ")]
    assert any("in flight  requests" in line for line in tables)
    assert max(map(len, plain.split("\n"))) <= 80
    assert "…" not in plain


def read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # The other side of a terminal was closed.
        return b""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_no_server_stays(by):
    with subprocess.Popen(
        demo("--seconds", "8"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as interrupted:
        # In this phase one server is stopped: the one that cannot see its parent's end by itself.
        for line in interrupted.stdout:
            if " stopped " in line:
                break
        servers = servers_of(interrupted.pid)
        interrupted.send_signal(by)
        _, complaints = interrupted.communicate(timeout=30)
    assert len(servers) == 4
    assert interrupted.returncode == (130 if by is signal.SIGINT else -by)
    assert complaints == ""
    until = time.monotonic() + 10
    while any(map(running, servers)):
        assert time.monotonic() < until
        threading.Event().wait(0.02)
