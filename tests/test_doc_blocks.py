"""What runs the examples of README and docs does run them, and fails where they are wrong."""

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ahoyhoy.testing.cluster import Cluster
from doc_blocks import blocks, run_page
from doc_world import DocWorld


def test_a_command_in_a_page_is_found_behind_its_prompt(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ cd /\n$ ahoyhoy get \\\n  10.0.0.1:8080 '/a b'  # why\noutput\n```\n"
        "```bash\n# first\nahoyhoy demo\nahoyhoy hosts\n```\n"
    )
    assert [block.commands() for block in blocks(page)] == [
        [(["get", "10.0.0.1:8080", "/a b"], "output\n")],
        [(["demo"], ""), (["hosts"], "")],
    ]


@pytest.mark.parametrize(
    ("shown", "status", "error"),
    [
        ("hello ...", 0, None),
        ("", 0, None),
        ("goodbye", 0, "Expected:"),
        ("hello ...", 3, "gave 3"),
    ],
)
def test_a_command_must_succeed_and_print_what_is_shown(
    monkeypatch, tmp_path, shown, status, error
):
    def main(arguments):
        print("hello", *arguments)
        raise SystemExit(status)

    monkeypatch.setitem(sys.modules, "ahoyhoy.cli", SimpleNamespace(main=main))
    page = tmp_path / "page.md"
    page.write_text(f"```console\n$ ahoyhoy you\n{shown}\n```\n")
    expected = pytest.raises(AssertionError, match=error) if error else nullcontext()
    with expected:
        blocks(page)[0].run({}, tmp_path)


def test_blocks_in_directives_and_their_reasons_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "````{note}\n```python\nx = 1\n```\n````\n<!-- not run: for ever -->\n```python\ny\n```\n"
    )
    assert [(b.line, b.text, b.not_run) for b in blocks(page)] == [
        (3, "x = 1\n", None),
        (8, "y\n", "for ever"),
    ]


def test_a_page_reaches_its_hosts_by_name_by_dns_and_from_a_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        """
<!-- file: hosts.json -->
```json
["10.0.0.3:8080"]
```
```python
from pathlib import Path
import requests
from ahoyhoy.lb.providers import DnsProvider, SrvProvider
for provider in DnsProvider("users.internal", 8080), SrvProvider("_http._tcp.users.internal"):
    assert len(provider.get_list()) == 2
    provider.close()
text = Path("hosts.json").read_text()
```
```python
>>> requests.get("http://10.0.0.1:8080/a").json()["path"]
'/a'
>>> requests.get("http://dead.internal:8080/")
Traceback (most recent call last):
...
requests.exceptions.ConnectionError: ...
>>> requests.get("http://elsewhere.test/")
Traceback (most recent call last):
...
requests.exceptions.ConnectionError: ...doc_world...
>>> text
'["10.0.0.3:8080"]\\n'
```
"""
    )
    with Cluster(1) as cluster, DocWorld(cluster).entered():
        run_page(page, tmp_path)


def test_an_example_that_prints_something_else_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n")
    with pytest.raises(AssertionError, match="Expected:"):
        blocks(page)[0].run({}, tmp_path)


def test_a_failing_test_in_a_page_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\ndef test_it():\n    assert 1 == 2\n```\n")
    with pytest.raises(AssertionError, match="1 failed"):
        blocks(page)[0].run({}, tmp_path)
