"""The command line without its calls: what it understands, what it prints, how it ends."""

import argparse
import io
import json
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import requests

import ahoyhoy
from ahoyhoy._core import Attempt, HostStats, Verdict
from ahoyhoy.cli import arguments, call, command, main, table
from ahoyhoy.cli.display import display
from ahoyhoy.cli.exits import Exit, exit_of
from ahoyhoy.exceptions import (
    CircuitOpenError,
    ClientNoEndpointsException,
    LbNoEndpointsException,
    ProviderError,
)
from ahoyhoy.utils import Host

HOST = Host("127.0.0.1", 80)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ClientNoEndpointsException(), 3),
        (LbNoEndpointsException(), 3),
        (ProviderError(), 3),
        (requests.ConnectTimeout(), 4),
        (requests.ReadTimeout(), 4),
        (requests.ConnectionError(), 5),
        (CircuitOpenError(), 5),
        (requests.exceptions.InvalidHeader(), 5),
        (ZeroDivisionError(), None),
    ],
)
def test_every_error_of_a_request_has_its_exit_code(error, code):
    assert exit_of(error) == code


def test_it_tells_its_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"ahoyhoy {ahoyhoy.__version__}\n"


def test_all_exit_codes_are_explained_in_the_help(capsys):
    for words in (["--help"], ["get", "--help"], ["hosts", "--help"], ["demo", "--help"]):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 0
        text = capsys.readouterr().out
        assert all(f"\n  {code.value:<5}" in text for code in Exit)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "required: COMMAND"),
        (["fetch"], "invalid choice: 'fetch'"),
        (["get", "h:1"], "required: PATH"),
        (["get", "h", "/"], "argument TARGET: "),
        (["get", "h:1", "x"], "a path starts with '/': '/x' perhaps?"),
        (["get", "h:1", "/", "-H", "Accept"], "a header is written 'Name: value', not 'Accept'"),
        (["get", "h:1", "/", "-H", ": x"], "a header is written 'Name: value', not ': x'"),
        (["get", "h:1", "/", "-H", "X-\xe4: x"], "a header's name has letters, digits and '-'"),
        (["get", "h:1", "/", "-H", "X Y: x"], "a header's name has letters, digits and '-'"),
        (["get", "h:1", "/", "-H", "Price: 3 \u20ac"], "the value of Price is one line"),
        (["get", "h:1", "/", "-H", "Price: 3\n4"], "the value of Price is one line"),
        (["get", "h:1", "//x"], "a path starts with one '/': '/x' perhaps?"),
        (["post", "h:1", "/", "-d", "@/no/such"], "cannot read '/no/such': No such file"),
        (["get", "h:1", "/", "--timeout", "soon"], "seconds are a number above 0, not 'soon'"),
        (["get", "h:1", "/", "--timeout", "0"], "seconds are a number above 0, not '0'"),
        (["hosts", "h:1", "--interval", "-1"], "seconds are a number above 0, not '-1'"),
        (["hosts", "h:1", "--interval", "inf"], "seconds are a number above 0, not 'inf'"),
        (["demo", "--seconds", "2"], "the demo takes at least 5 seconds, not 2"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_to_write(words, complaint, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_header_is_split_at_its_first_colon():
    assert arguments.header("X-Time: 12:30 ") == ("X-Time", "12:30")
    assert arguments.header("X-Empty:") == ("X-Empty", "")
    assert arguments.header("X_Name: \xe4") == ("X_Name", "\xe4")


def test_a_body_is_text_or_a_file_or_stdin(tmp_path, monkeypatch):
    (tmp_path / "body").write_bytes(b"\xff")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    assert arguments.body("ä") == "ä".encode()
    assert arguments.body(f"@{tmp_path}/body") == b"\xff"
    assert arguments.body("@-") == b"piped"


def run_raising(error, monkeypatch):
    def run(_):
        raise error

    parser = SimpleNamespace(parse_known_args=lambda _: (SimpleNamespace(run=run), []))
    monkeypatch.setattr(command, "_parser", lambda: parser)
    return main([])


def test_the_error_of_a_request_is_one_line_on_stderr(monkeypatch, capsys):
    code = run_raising(requests.ReadTimeout("users: 3 attempts on 3 hosts"), monkeypatch)
    assert code == 4
    assert capsys.readouterr() == ("", "ahoyhoy: users: 3 attempts on 3 hosts\n")


def test_an_interrupt_ends_with_130_and_without_a_traceback(monkeypatch, capsys):
    assert run_raising(KeyboardInterrupt(), monkeypatch) == 130
    assert capsys.readouterr() == ("", "")


def test_a_defect_of_ours_is_not_hidden(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        run_raising(ZeroDivisionError(), monkeypatch)


def test_a_timeline_has_a_line_per_attempt():
    attempts = (
        Attempt(HOST, 0.0, 0.001, Verdict.UNSENT, None, "connection refused"),
        Attempt(Host("::1", 8080), 0.0012, 0.25, Verdict.ACCEPTED, 200, None),
    )
    assert call.timeline(attempts).splitlines() == [
        "   0.000 s  127.0.0.1:80  UNSENT       0.001 s  connection refused",
        "   0.001 s  [::1]:8080    ACCEPTED     0.250 s  HTTP 200",
    ]


@pytest.mark.parametrize(
    ("stats", "cells"),
    [
        (HostStats(HOST), ("127.0.0.1:80", "closed", "0", "0", "0", "")),
        (
            HostStats(Host("::1", 1), "open", 2, 30, 4, 0.0123, 1.21),
            ("[::1]:1", "open 2 s", "2", "30", "4", "12.3 ms"),
        ),
        (
            HostStats(HOST, "half-open", 1, 9, 5, 2.0, 0.0),
            ("127.0.0.1:80", "half-open", "1", "9", "5", "2000.0 ms"),
        ),
    ],
)
def test_a_host_is_a_row(stats, cells):
    assert table.row(stats) == cells


def test_words_stand_left_and_numbers_right():
    rows = [table.row(HostStats(HOST, requests=12345)), table.row(HostStats(Host("::1", 1)))]
    assert table.aligned(table.COLUMNS, rows).splitlines() == [
        "host          circuit  in flight  requests  failures  latency",
        "127.0.0.1:80  closed           0     12345         0",
        "[::1]:1       closed           0         0         0",
    ]


def frame():
    rows = [table.row(HostStats(HOST, "open", retry_in=3.0))]
    return table.Frame("some TITLE", table.COLUMNS, rows, "the footer", "the plain text")


@contextmanager
def terminal(monkeypatch, *, rich):
    """Stdout as a terminal of 80 columns, with or without rich."""
    out = io.StringIO()
    out.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.live", None)
    yield out


def test_a_terminal_gets_a_live_table(monkeypatch):
    pytest.importorskip("rich")
    with terminal(monkeypatch, rich=True) as out, display() as screen:
        screen.show(frame())
    for text in ("host", "127.0.0.1:80", "open 3 s", "the footer"):
        assert text in out.getvalue()
    assert "the plain text" not in out.getvalue()


def test_a_terminal_without_rich_gets_plain_lines_and_is_told_what_is_missing(monkeypatch, capsys):
    with terminal(monkeypatch, rich=False) as out, display() as screen:
        screen.show(frame())
    assert out.getvalue() == "the plain text\n"
    assert capsys.readouterr().err == 'ahoyhoy: pip install "ahoyhoy[cli]" for a live table\n'


def test_a_pipe_gets_plain_lines(capsys):
    with display() as screen:
        screen.show(frame())
    assert capsys.readouterr() == ("the plain text\n", "")


def test_where_json_is_wanted_nothing_else_is_shown(capsys):
    with display(silent=True) as screen:
        screen.show(frame())
    assert capsys.readouterr() == ("", "")


def response(status=200, content=b"body", **headers):
    answer = requests.Response()
    answer.status_code, answer._content, answer.reason = status, content, "Reason"
    answer.headers.update(headers)
    return answer


def tell(answer, monkeypatch, **changes):
    monkeypatch.setattr(
        call, "attempts_of", lambda _: (Attempt(HOST, 0, 0, Verdict.ACCEPTED, 200),)
    )
    options = {"verbose": False, "json": False, "verb": "get"} | changes
    call._tell_answer(answer, argparse.Namespace(**options))
    sys.stdout.flush()


def test_the_body_goes_to_stdout_as_it_came(monkeypatch, capfdbinary):
    tell(response(content=b"\xff\x00"), monkeypatch)
    assert capfdbinary.readouterr() == (b"\xff\x00", b"")


def test_the_answer_to_head_is_its_headers(monkeypatch, capsys):
    tell(response(content=b"", Age="3"), monkeypatch, verb="head")
    assert capsys.readouterr().out == "HTTP 200 Reason\nAge: 3\n"


def test_the_timeline_goes_to_stderr(monkeypatch, capsys):
    tell(response(), monkeypatch, verbose=True)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("body", 1)
    assert err.endswith("HTTP 200\n")


@pytest.mark.parametrize(
    ("content", "body"), [("ä".encode(), {"body": "ä"}), (b"\xff", {"body_base64": "/w=="})]
)
def test_json_has_the_whole_answer(content, body, monkeypatch, capsys):
    tell(response(418, content, Age="3"), monkeypatch, json=True)
    assert json.loads(capsys.readouterr().out) == {
        "status": 418,
        "reason": "Reason",
        "headers": {"Age": "3"},
        "attempts": [
            {
                "host": "127.0.0.1:80",
                "started": 0,
                "elapsed": 0,
                "verdict": "ACCEPTED",
                "status": 200,
                "error": None,
            }
        ],
        **body,
    }


def test_json_has_the_error_too(capsys):
    error = ClientNoEndpointsException("users: no host")
    error.attempts = (Attempt(HOST, 0, 0.5, Verdict.UNSENT, None, "connection refused"),)
    call._tell_error(error, argparse.Namespace(verbose=True, json=True))
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["error"], told["type"]) == ("users: no host", "ClientNoEndpointsException")
    assert told["attempts"][0]["error"] == "connection refused"
    assert "connection refused" in err


def test_the_package_can_be_run():
    ran = subprocess.run(
        [sys.executable, "-m", "ahoyhoy", "--help"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("usage: ahoyhoy ")
