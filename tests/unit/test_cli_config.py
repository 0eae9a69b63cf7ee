"""`ahoyhoy config`: what it prints of the environment and of the configuration."""

import json
import os
import sys
from types import SimpleNamespace

import pytest

from ahoyhoy.cli import doctor, main, settings

VARIABLES = ["AHOYHOY_CONFIG", "AHOYHOY_DISABLE", "AHOYHOY_FAST", "NETRC"]
VARIABLES += ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
VARIABLES += [f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO")]


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_without_a_configuration_there_are_the_defaults(capsys):
    assert main(["config", "--show-origin"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["configuration", "default", "none"] in lines
    assert ["balancing", "default", "on"] in lines
    assert {line[-2] for line in lines} == {"default"}


def test_each_setting_is_shown_with_its_origin(capsys, monkeypatch, tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text('[services.users]\ntarget = "consul://users"\n\nattempts = 5\n')
    (tmp_path / ".netrc").write_text("")
    monkeypatch.setenv("AHOYHOY_CONFIG", str(path))
    monkeypatch.setenv("AHOYHOY_DISABLE", "1")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/ca.pem")
    monkeypatch.setenv("all_proxy", "http://me:sesame@proxy:1")
    assert main(["config", "--show-origin", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["settings"]
    found = {(e["service"], e["name"]): (e["value"], e["origin"]) for e in entries}
    assert found[None, "configuration"] == (str(path), "AHOYHOY_CONFIG")
    assert found[None, "balancing"] == ("off", "AHOYHOY_DISABLE")
    assert found[None, "authorities"] == ("/ca.pem", "CURL_CA_BUNDLE")
    assert found[None, "all proxy"] == ("http://***:***@proxy:1", "all_proxy")
    assert found[None, "netrc"] == ("~/.netrc", "default")
    assert found["users", "target"] == ("consul://users", "shop.toml:2")
    assert found["users", "attempts"] == ("5", "shop.toml:4")
    assert found["users", "retry_methods"] == ("idempotent ones", "default")
    assert found["users", "failover"] == ("true", "default")
    assert main(["config", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["settings"][0]) == {"service", "name", "value"}


def test_services_stand_below_their_names(capsys, monkeypatch, tmp_path):
    (tmp_path / "a.toml").write_text('[services.users]\ntarget = "a:1"\n')
    monkeypatch.setenv("AHOYHOY_CONFIG", "a.toml")
    main(["config", "--show-origin"])
    above, below = capsys.readouterr().out.split("\n\nusers\n")
    assert "\n  " not in above
    assert below.splitlines()[0].split() == ["target", "a.toml:2", "a:1"]
    assert all(line.startswith("  ") for line in below.splitlines())


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("a:1,b:2", "a:1,b:2"),
        ("consul://a/users?tag=v2&token_env=T", "consul://a/users?tag=v2&token_env=T"),
        ("lb://users", "lb://users"),
        ("ours://me:sesame@a/users?key=sesame#sesame", "ours://***:***@a/users?key=***#***"),
        ("http://me:sesame@a", "http://***:***@a"),
        ("consul://a?token=sesame", "consul://a?token=***"),
    ],
)
def test_a_target_is_shown_without_its_secrets(target, shown):
    assert settings.without_secrets(target) == shown


def test_a_library_that_took_the_place_of_urllib3_is_found(monkeypatch):
    installed = {"urllib3-future": "2.25.904"}
    monkeypatch.setattr(doctor.metadata, "version", installed.__getitem__)
    monkeypatch.setattr(doctor, "urllib3", SimpleNamespace(__version__="2.25.904"))
    (told,) = doctor._of_libraries()
    assert told.startswith("urllib3-future 2.25.904 has written itself over urllib3")
    monkeypatch.setattr(doctor, "urllib3", SimpleNamespace(__version__="2.6.0"))
    assert list(doctor._of_libraries()) == []


def test_on_a_terminal_long_values_are_wrapped(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(settings.shutil, "get_terminal_size", lambda: os.terminal_size((20, 24)))
    assert settings.wrapped("one two three", "  - ", "    ") == "  - one two three"
    assert settings.wrapped("one two three four", "  - ", "    ") == "  - one two three\n    four"
    assert settings.wrapped("", "name  ", "      ") == "name"
