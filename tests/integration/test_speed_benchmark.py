"""The speed benchmark on its own nginx, as short as it can be."""

import json
import os
import socket
import sys

import pytest

from speed_modules import clients, command, measures, peers, server, spread, threads, ways

pytestmark = pytest.mark.server("nginx-light")

MISSED = spread.Measure("what cannot be", spread.Spread(1, 1, 1), spread.Goal("<", 0))
SHORT = measures.Size(rounds=2, calls=2)


@pytest.fixture
def nginx():
    with server.Nginx() as nginx:
        yield nginx


@pytest.fixture
def bench(nginx):
    with measures.Bench(nginx.ports) as bench:
        yield bench


def test_nginx_serves_while_it_is_asked_to_and_leaves_nothing(nginx):
    folder, process = nginx._folder.name, nginx._process
    for port in nginx.ports:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    nginx.close()
    assert process.poll() is not None
    assert not os.path.exists(folder)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", nginx.ports[0]), timeout=10)


def test_an_nginx_that_does_not_start_shows_its_log(monkeypatch):
    monkeypatch.setattr(server, "_CONFIGURATION", "no_such_directive;")
    with pytest.raises(RuntimeError, match=r'did not start: .*"no_such_directive"'):
        server.Nginx().__enter__()


def test_without_nginx_it_says_where_to_get_it(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(server, "_SBIN", "")
    assert command.main(["--quick"]) == 2
    assert "apt-get install nginx-light" in capsys.readouterr().err


def test_every_client_there_is_gets_the_answer_from_every_host(bench):
    installed = [one for one in peers.PEERS if one.version]
    found, rows = measures.one_call(bench, installed, SHORT)
    assert {row.contender for row in rows} == {*clients.OWN, clients.BARE, *installed}
    assert all(row.seconds.low > 0 for row in rows)
    assert all(one.spread.low > 0 for one in found)


def test_threads_share_the_calls(bench):
    made = []
    with threads.Threads(4) as four:
        assert four.seconds(lambda: made.append(bench.way(clients.bare_each).call()), 40) > 0
    assert [response.status_code for response in made] == [200] * 40


def test_calls_per_second_are_compared_with_one_session_and_with_many(bench):
    found = measures.many_threads(bench, measures.Size(rounds=8, calls=1))
    names = [one.name for one in found if "Client.get" in one.name]
    assert [name.rpartition(", ")[2] for name in names] == ["shared", "one each"]
    assert all(one.spread.low > 0 for one in found)


def test_a_client_in_an_environment_of_its_own_takes_its_turns(bench, tmp_path, monkeypatch):
    (tmp_path / "niquests.py").write_text("from requests import Session\n__version__ = '3.0'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    contender = peers.niquests(sys.executable)
    assert bench.timed(contender.open)(2) > 0
    assert bench.version(contender) == "3.0"


def test_one_that_does_not_run_is_said_to_have_ended(nginx):
    way = ways.Elsewhere([sys.executable, "-c", ""])
    with pytest.raises(RuntimeError, match="ended"):
        way.seconds(1)
    way.close()


def test_the_command_writes_what_it_found_and_checks_the_goals(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "QUICK", measures.Size(rounds=8, calls=1))
    monkeypatch.setattr(command.picking, "measures", lambda quick: [MISSED] if quick else [])
    file = tmp_path / "found.json"
    assert command.main(["--quick", "--json", str(file), "--check"]) == 1
    assert command.main(["--quick"]) == 0
    assert " goals missed" in capsys.readouterr().out
    found = json.loads(file.read_text())
    assert found["measures"][-1]["met"] is False
    assert found["clients"][-1]["to_requests"]["median"] > 0
