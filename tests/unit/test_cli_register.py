"""`ahoyhoy register` without a registry: what it understands, and what it refuses."""

import signal

import pytest

from ahoyhoy.cli import arguments, command, main
from ahoyhoy.cli.register import register
from ahoyhoy.utils import Host

REGISTER = ["register", "etcd://a:1", "users", "10.0.0.1:8080"]


def parsed(*words):
    ours, behind = command._split(list(words))
    return command._parser().parse_args(ours), behind


def test_what_is_behind_two_dashes_is_the_command_whatever_it_looks_like():
    told, behind = parsed(*REGISTER, "--ttl", "5", "--", "serve", "--ttl", "9", "--", "-x")
    assert behind == ["serve", "--ttl", "9", "--", "-x"]
    assert (told.run, told.ttl, told.name) == (register, 5.0, "users")
    assert command._split(REGISTER) == (REGISTER, [])


def test_options_may_stand_anywhere_before_it():
    told, behind = parsed("register", "--zone", "a", *REGISTER[1:], "--weight", "3", "--", "serve")
    assert (told.zone, told.weight, behind) == ("a", 3.0, ["serve"])


def test_two_dashes_mean_nothing_to_other_commands():
    told, behind = parsed("get", "--", "h:1", "/")
    assert (told.path, behind) == ("/", [])
    told.service.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:8080", (None, Host("10.0.0.1", 8080))),
        ("https://users.internal:8443", ("https", Host("users.internal", 8443))),
        ("http://[::1]:80", ("http", Host("::1", 80))),
    ],
)
def test_a_host_may_say_how_it_is_spoken_to(text, expected):
    assert arguments.host(text) == expected


def test_a_pause_may_be_none():
    assert (arguments.pause("0"), arguments.pause("0.5")) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "required: REGISTRY, NAME, HOST:PORT"),
        (["ftp://a"], "argument REGISTRY: 'ftp://' is no registry"),
        (["consul://?tokn_env=A"], "tokn_env= in the query is not known (token_env= perhaps?)"),
        (["consul://?token_env=NOT_THERE"], "NOT_THERE in the query: the environment variable is"),
        (["etcd://", "users", "10.0.0.1"], "'10.0.0.1' has no port: it is written 'host:port'"),
        (["etcd://", "users", ":8080"], "':8080' has no address"),
        (["etcd://", "users", "ftp://a:1"], "is HOST:PORT or https://HOST:PORT, not 'ftp://a:1'"),
        (["etcd://", "users", "https://a:1/x"], "the port is a number from 1 to 65535"),
        ([*REGISTER[1:], "--check", "/health"], "a check is a URL such as http://127.0.0.1:8080"),
        ([*REGISTER[1:], "--check", "http://a:x/"], "the port is a number from 1 to 65535"),
        ([*REGISTER[1:], "--check", "http://"], "such as http://127.0.0.1:8080/health: '' has no"),
        ([*REGISTER[1:], "--check", "http://me:sesame@a/"], "without a user name or password"),
        ([*REGISTER[1:], "--drain", "-1"], "seconds are a number from 0 up, not '-1'"),
        ([*REGISTER[1:], "--drain", "soon"], "seconds are a number from 0 up, not 'soon'"),
        ([*REGISTER[1:], "--weight", "heavy"], "argument --weight: invalid float value: 'heavy'"),
        ([*REGISTER[1:], "serve"], "unrecognized arguments: serve: a command comes behind --"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_to_write(words, complaint, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["register", *words])
    told = capsys.readouterr().err
    assert stop.value.code == 2
    assert complaint in told
    assert "sesame" not in told


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["etcd://", "users", "0.0.0.0:80"], "0.0.0.0 is where a server listens: give the address"),
        (["etcd://", "users", "[::]:80"], ":: is where a server listens: give the address"),
        (["etcd://", "a/b", "a:80"], "name is that of a service such as 'users', not 'a/b'"),
        ([*REGISTER[1:], "--ttl", "1"], "ttl must be seconds from 2 up, not 1.0"),
        ([*REGISTER[1:], "--weight", "-1"], "must be a number from 0 up, not -1.0"),
        (["consul://", "u", "a:1", "--weight", "0.5"], "a weight in Consul is a whole number"),
        ([*REGISTER[1:], "--drain", "1"], "--drain goes with a command"),
        ([*REGISTER[1:], "--"], "behind -- comes the command"),
        ([*REGISTER[1:], "--", "/no/such"], "cannot run '/no/such': No such file or directory"),
        ([*REGISTER[1:], "--", "/"], "cannot run '/': Permission denied"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_ends_with_2(words, complaint, capsys):
    before = signal.getsignal(signal.SIGTERM)
    assert main(["register", *words]) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.startswith("ahoyhoy: ")
    assert told.count("\n") == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_missing_library_names_the_extra(monkeypatch, capsys):
    def missing(_url):
        raise ImportError("kazoo is needed: pip install 'ahoyhoy[zookeeper]'")

    monkeypatch.setattr(arguments, "registry_of", missing)
    with pytest.raises(SystemExit) as stop:
        main(["register", "zk://", "users", "a:1"])
    assert stop.value.code == 2
    assert "pip install 'ahoyhoy[zookeeper]'" in capsys.readouterr().err
