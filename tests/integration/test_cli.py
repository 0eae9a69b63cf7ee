"""The command line as a shell sees it, against real servers."""

import json
import signal
import subprocess
import sys

import pytest

from ahoyhoy.testing.cluster import Cluster


@pytest.fixture
def cluster():
    with Cluster(3) as cluster:
        yield cluster


@pytest.fixture
def target(cluster):
    return ",".join(f"{address}:{port}" for address, port in cluster.hosts)


def ahoyhoy(*words, stdin=b""):
    command = [sys.executable, "-m", "ahoyhoy", *words]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def received(cluster):
    return [request for node in cluster for request in node.requests]


def test_get_prints_the_body_and_nothing_else(cluster, target):
    for node in cluster:
        node.set(body=b"\xffbytes")
    ran = ahoyhoy("get", target, "/a?b=c", "-H", "X-One: 1", "-H", "X-Two: 2")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"\xffbytes", b"")
    (request,) = received(cluster)
    assert (request.method, request.path) == ("GET", "/a?b=c")
    assert (request.headers["x-one"], request.headers["x-two"]) == ("1", "2")


@pytest.mark.parametrize("verb", ["get", "head", "options", "post", "put", "patch", "delete"])
def test_every_verb_is_sent(verb, cluster, target):
    assert ahoyhoy(verb, target, "/").returncode == 0
    assert [r.method for r in received(cluster)] == [verb.upper()]


def test_a_body_comes_from_the_line_or_a_file_or_stdin(cluster, target, tmp_path):
    (tmp_path / "body").write_bytes(b"from a file\xff")
    ahoyhoy("post", target, "/", "-d", "from the line")
    ahoyhoy("post", target, "/", "-d", f"@{tmp_path}/body")
    ahoyhoy("post", target, "/", "-d", "@-", stdin=b"from stdin")
    bodies = {request.body for request in received(cluster)}
    assert bodies == {b"from the line", b"from a file\xff", b"from stdin"}


def test_a_killed_host_is_a_line_of_the_timeline_and_no_failure(cluster, target):
    cluster[0].kill()
    cluster[1].kill()
    ran = ahoyhoy("post", target, "/", "-v", "--json")
    answer = json.loads(ran.stdout)
    *refused, last = answer["attempts"]
    assert ran.returncode == 0
    assert json.loads(answer["body"])["pid"] == cluster[2].pid
    assert (last["host"], last["verdict"]) == (f"127.0.0.1:{cluster[2].port}", "ACCEPTED")
    assert {a["verdict"] for a in refused} <= {"UNSENT"}
    lines = ran.stderr.decode().splitlines()
    assert len(lines) == len(answer["attempts"])
    assert all("connection refused" in line for line in lines[:-1])
    assert lines[-1].endswith("HTTP 200")


def test_an_http_error_is_shown_and_only_with_fail_a_failure(cluster, target):
    for node in cluster:
        node.set(status=503, body=b"tired")
    shown = ahoyhoy("get", target, "/")
    assert (shown.returncode, shown.stdout) == (0, b"tired")
    failed = ahoyhoy("get", target, "/", "--fail")
    assert (failed.returncode, failed.stdout) == (1, b"tired")
    assert failed.stderr == b"ahoyhoy: HTTP 503 Service Unavailable\n"


def test_no_host_that_can_be_reached_is_exit_code_3(cluster, target):
    for node in cluster:
        node.kill()
    ran = ahoyhoy("get", target, "/", "--json")
    assert ran.returncode == 3
    assert len(json.loads(ran.stdout)["attempts"]) == 3
    told = ran.stderr.decode()
    assert told.startswith("ahoyhoy: ")
    assert told.count("\n") == 1
    assert "connection refused" in told


def test_a_timeout_is_exit_code_4(cluster, target):
    for node in cluster:
        node.stop()
    ran = ahoyhoy("post", target, "/", "--timeout", "0.2")
    assert (ran.returncode, ran.stdout) == (4, b"")
    assert b"read timeout" in ran.stderr


def test_any_other_error_is_exit_code_5(cluster, target):
    for node in cluster:
        node.set(fault="reset")
    ran = ahoyhoy("post", target, "/")
    assert ran.returncode == 5
    assert len(received(cluster)) == 1


def test_a_bad_target_is_exit_code_2():
    ran = ahoyhoy("get", "ftp://example.org", "/")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"argument TARGET: 'ftp://' is not known" in ran.stderr


def test_a_reader_that_has_seen_enough_is_no_error(cluster, target):
    for node in cluster:
        node.set(body=b"x" * 1_000_000)
    command = [sys.executable, "-m", "ahoyhoy", "get", target, "/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.read(1)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_hosts_lists_what_discovery_says_and_asks_nobody(cluster, target):
    ran = ahoyhoy("hosts", target)
    assert ran.returncode == 0
    head, *rows = ran.stdout.decode().splitlines()
    assert head.split() == ["host", "circuit", "in", "flight", "requests", "failures", "latency"]
    assert sorted(row.split()[0] for row in rows) == sorted(target.split(","))
    assert received(cluster) == []


def test_hosts_with_a_path_asks_every_host_once(cluster, target):
    cluster[0].kill()
    cluster[1].set(status=500)
    ran = ahoyhoy("hosts", target, "--path", "/health", "--json")
    hosts = {host["host"]: host for host in json.loads(ran.stdout)["hosts"]}
    told = [hosts[f"127.0.0.1:{node.port}"] for node in cluster]
    assert ran.returncode == 0
    assert [(host["requests"], host["failures"]) for host in told] == [(1, 1), (1, 1), (1, 0)]
    assert told[2]["circuit"] == "closed"
    assert told[2]["latency"] > 0
    assert [r.path for r in received(cluster)] == ["/health"] * 2


def test_hosts_can_be_watched_as_json_lines_until_interrupted(cluster, target):
    words = ["hosts", target, "--watch", "--interval", "0.05", "--path", "/", "--json"]
    command = [sys.executable, "-m", "ahoyhoy", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        looks = [json.loads(running.stdout.readline()) for _ in range(3)]
        running.send_signal(signal.SIGINT)
        _, complaints = running.communicate(timeout=30)
    assert [look["hosts"][0]["requests"] for look in looks] == [1, 2, 3]
    assert (running.returncode, complaints) == (130, b"")


def test_hosts_can_be_watched_as_plain_tables(cluster, target):
    command = [sys.executable, "-m", "ahoyhoy", "hosts", target, "--watch", "--interval", "0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        lines = [running.stdout.readline().split()[0] for _ in range(8)]
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert lines[0] == lines[4] == b"host"
    assert running.returncode == 130
