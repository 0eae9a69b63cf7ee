import json
import os
import pickle

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import FileProvider
from ahoyhoy.testing.clock import FakeClock
from ahoyhoy.utils import Host, Instance

A, B = Host("10.0.0.1", 80), Host("10.0.0.2", 80)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hosts.json"
    path.write_text('["10.0.0.1:80"]')
    return path


def replace(path, text):
    new = path.with_name("new")
    new.write_text(text)
    new.replace(path)


def hosts(source):
    return [instance.host for instance in source.get_list()]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (["10.0.0.1:80", "[::1]:81"], [Instance(A), Instance(Host("::1", 81))]),
        ([["10.0.0.1", 80], ["::1", "81"]], [Instance(A), Instance(Host("::1", "81"))]),
        ({"hosts": ["10.0.0.1:80"]}, [Instance(A)]),
        ([{"address": "10.0.0.1", "port": 80}], [Instance(A)]),
        (
            [
                {
                    "address": "10.0.0.1",
                    "port": 80,
                    "scheme": "https",
                    "weight": 2.5,
                    "zone": "eu",
                    "authority": "users.internal",
                    "path": "/api/",
                    "priority": 3,
                }
            ],
            [Instance(A, "https", 2.5, "eu", "users.internal", "/api", 3)],
        ),
        ([], []),
    ],
)
def test_each_form_of_an_entry_is_read(tmp_path, content, expected):
    path = tmp_path / "hosts.json"
    path.write_text(json.dumps(content))
    assert FileProvider(path).get_list() == tuple(expected)


def test_a_byte_order_mark_is_no_error(file):
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert hosts(FileProvider(str(file))) == [A]


@pytest.mark.parametrize("rewrite", [replace, lambda path, text: path.write_text(text)])
def test_a_change_is_seen_at_the_next_check(file, clock, rewrite):
    source = FileProvider(file, clock=clock)
    assert hosts(source) == [A]
    before = source.changes()
    rewrite(file, '["10.0.0.2:80"]')  # as many bytes
    clock.advance(0.9)
    assert hosts(source) == [A]
    clock.advance(0.1)
    assert source.changes() == before + 1
    assert hosts(source) == [B]


def test_a_change_that_keeps_size_and_time_stamp_is_seen_too(file, clock):
    source = FileProvider(file, clock=clock)
    source.get_list()
    stat = file.stat()
    file.write_text('["10.0.0.2:80"]')
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    clock.advance(1)
    assert hosts(source) == [B]


def test_an_unchanged_file_is_not_parsed_again(file, clock, monkeypatch):
    source = FileProvider(file, clock=clock)
    first = source.get_list()
    monkeypatch.setattr(json, "loads", None)
    clock.advance(1)
    assert source.get_list()[0] is first[0]
    assert source.stale_for == 0.0


@pytest.mark.parametrize("text", ['["10.0.0.2:8', "", "[]", "{}", '["10.0.0.2"]', "\ud800"])
def test_a_broken_or_empty_file_keeps_the_last_good_list(file, clock, text):
    source = FileProvider(file, clock=clock)
    source.get_list()
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    clock.advance(1)
    assert hosts(source) == [A]
    assert source.stale_for == 1
    replace(file, '["10.0.0.2:80"]')
    clock.advance(1)  # as soon as when all is well
    assert hosts(source) == [B]
    assert source.stale_for == 0.0


def test_a_removed_file_keeps_the_last_good_list(file, clock, caplog):
    source = FileProvider(file, clock=clock)
    source.get_list()
    file.unlink()
    clock.advance(1)
    assert hosts(source) == [A]
    assert f"file://{file}: refresh failed (cannot be read: No such file" in caplog.text


ENTRY = 'entry 1: .*; expected is "host:port"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["a:1", "b"]', "entry 1: 'b' has no port"),
        ('["a:1", "b:0"]', "entry 1: 'b:0': the port is a number from 1 to 65535, not '0'"),
        ('["a:1", "b:x"]', ENTRY),
        ('["a:1", "::1:80"]', "entry 1: '::1:80': IPv6 goes into brackets"),
        ('["a:1", "a/b:80"]', "entry 1: 'a/b' is not an address"),
        ('["a:1", ["b", 70000]]', "entry 1: 70000 is not a port from 1 to 65535"),
        ('["a:1", ["b", 1.5]]', "entry 1: port must be a number from 1 to 65535, not 1.5"),
        ('["a:1", ["b", true]]', "entry 1: port must be a number from 1 to 65535, not true"),
        ('["a:1", ["b", null]]', ENTRY),
        ('["a:1", ["b", ""]]', 'entry 1: "address" and "port" are needed'),
        ('["a:1", ["b", 1, 2]]', r"entry 1: \[\"b\", 1, 2\] is not a host"),
        ('["a:1", 7]', "entry 1: 7 is not a host"),
        ('["a:1", {"address": "b"}]', 'entry 1: "address" and "port" are needed'),
        ('["a:1", {"address": "b", "prot": 1}]', "entry 1: unknown key 'prot'"),
        ('["a:1", {"address": "b", "port": 1, "weight": "2"}]', "weight must be a number from 0"),
        ('["a:1", {"address": "b", "port": 1, "weight": -1}]', "weight of .* from 0 up, not -1"),
        ('["a:1", {"address": "b", "port": 1, "weight": NaN}]', "from 0 up, not nan"),
        ('["a:1", {"address": "b", "port": 1, "weight": 1' + "0" * 400 + "}]", ENTRY),
        ('["a:1", {"address": "b", "port": 1, "scheme": "ftp"}]', "'http' or 'https', not 'ftp'"),
        ('["a:1", {"address": "b", "port": 1, "path": "api"}]', "must start with '/'"),
        ('["a:1", {"address": "b", "port": 1, "zone": null}]', "zone must be a string, not null"),
        ('["a:1", {"address": "b", "port": 1, "priority": 1.0}]', "priority must be a whole"),
        ('["a:1", "' + "x" * 100 + '"]', "has no port"),
        ('["a:1", [' + "1," * 100 + "1]]", r"1, 1, 1\.\.\. is not a host"),
        ('"a:1"', "a list of hosts, or an object with"),
        ('{"hosts": [], "more": 1}', "a list of hosts, or an object with"),
        ("{", "is not JSON: .*line 1 column 2"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_an_error_names_the_file_the_entry_and_what_is_expected(file, text, message):
    file.write_text(text)
    with pytest.raises(ProviderError, match=message) as caught:
        FileProvider(file).get_list()
    assert str(caught.value).startswith(f"file://{file}: ")


def test_a_missing_file_and_a_directory_are_errors(tmp_path):
    with pytest.raises(ProviderError, match="cannot be read: No such file"):
        FileProvider(tmp_path / "none").get_list()
    with pytest.raises(ProviderError, match="cannot be read: Is a directory"):
        FileProvider(tmp_path).get_list()


def test_a_file_that_appears_is_read_after_a_second(tmp_path, clock):
    source = FileProvider(tmp_path / "hosts.json", clock=clock)
    with pytest.raises(ProviderError):
        source.get_list()
    (tmp_path / "hosts.json").write_text('["10.0.0.1:80"]')
    clock.advance(1)
    assert hosts(source) == [A]


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_check_every_must_be_a_time(file, value):
    with pytest.raises(ValueError, match="check_every must be a finite number of seconds"):
        FileProvider(file, check_every=value)


def test_a_relative_path_does_not_follow_the_process(file, clock, monkeypatch):
    monkeypatch.chdir(file.parent)
    source = FileProvider("hosts.json", clock=clock)
    monkeypatch.chdir("/")
    assert hosts(source) == [A]


def test_a_pickled_provider_reads_the_file_itself(file):
    source = FileProvider(file, check_every=5)
    source.get_list()
    file.write_text('["10.0.0.2:80"]')
    assert hosts(pickle.loads(pickle.dumps(source))) == [B]
    assert b"10.0.0.1" not in pickle.dumps(source)
