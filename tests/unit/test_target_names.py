"""What a target names by itself, and targets that the environment holds."""

import pytest

from ahoyhoy.lb.providers import DnsProvider, provider_of
from ahoyhoy.lb.providers.targets.target import name_of
from ahoyhoy.utils import Host, Instance


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("dns://users.internal:8080", "users.internal:8080"),
        ("dns://users.internal.:8080", "users.internal:8080"),
        ("dns://10.0.0.2:53/users:8080", "users:8080"),
        ("dns:///Users:8080", "Users:8080"),
        ("dns://users:80", "users"),
        ("dns://users:443", "users"),
        ("http+dns://users:80", "users"),
        ("http+dns://users:443", "users:443"),
        ("https+dns://users:443", "users"),
        ("https+dns://users:80", "users:80"),
        ("srv://_http._tcp.users.internal", "users.internal"),
        ("https+srv://[::1]:53/_https._tcp.users.internal.", "users.internal"),
        ("srv://users.internal", "users.internal"),
        ("srv://_http._tcp.a._b.c", "a._b.c"),
        ("srv://_http._tcp", None),
        ("srv://_http", None),
        ("http://a:8080,b:8080/api", None),
        ("https://a", None),
        ("a:8080", None),
        ("file:///hosts.json", None),
        ("elsewhere://users", None),
    ],
)
def test_the_name_is_what_stands_in_the_target_for_the_service(target, name):
    assert name_of(target) == name


@pytest.mark.parametrize("target", ["dns://users", "srv://a/b", "dns://me:secret@a:1", "env:"])
def test_a_target_that_is_none_is_the_same_error_when_only_its_name_is_wanted(target):
    errors = []
    for read in (provider_of, name_of):
        with pytest.raises(ValueError, match="A target is one of") as caught:
            read(target)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


@pytest.mark.parametrize("held", ["http://a:1,b/api", " http://a:1,b/api\n", "env:OTHER"])
@pytest.mark.parametrize("target", ["env:USERS", "ENV:USERS"])
def test_a_variable_holds_any_other_target(monkeypatch, target, held):
    monkeypatch.setenv("USERS", held)
    monkeypatch.setenv("OTHER", "http://a:1,b/api")
    assert provider_of(target).get_list() == (
        Instance(Host("a", 1), "http", path="/api"),
        Instance(Host("b", 80), "http", path="/api"),
    )


def test_a_variable_lends_its_name_too(monkeypatch):
    monkeypatch.setenv("USERS", "dns://users.internal:8080")
    assert name_of("env:USERS") == "users.internal:8080"
    assert isinstance(provider_of("env:USERS"), DnsProvider)


def test_a_host_may_be_called_env():
    assert provider_of("env:8080,b:1").get_list()[0].host == Host("env", 8080)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (None, "^env:USERS: the environment variable is not set"),
        ("", "^env:USERS: the environment variable is empty"),
        (" \n", "^env:USERS: the environment variable is empty"),
        ("env:USERS", "^env:USERS: this leads back to env:USERS"),
        ("env:OTHER", "^env:USERS: env:OTHER: this leads back to env:USERS"),
        ("env:MISSING", "^env:USERS: env:MISSING: the environment variable is not set"),
        ("env:", "^env:USERS: after env: comes the name of a variable"),
        ("ftp://a", "^env:USERS: 'ftp://' is not known"),
        ("http://a:0", "^env:USERS: 'a:0': the port is a number"),
        ("secret", "^env:USERS: the environment variable holds something else than a target"),
        ("http://me:secret@a", "^env:USERS: a target has no user name or password"),
    ],
)
def test_a_variable_that_leads_nowhere_is_an_error_that_names_it(monkeypatch, held, message):
    monkeypatch.setenv("OTHER", "env:USERS")
    monkeypatch.delenv("MISSING", raising=False)
    monkeypatch.delenv("USERS", raising=False)
    if held is not None:
        monkeypatch.setenv("USERS", held)
    with pytest.raises(ValueError, match=message) as caught:
        provider_of("env:USERS")
    assert "secret" not in str(caught.value)
