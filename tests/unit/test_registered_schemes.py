"""Schemes of targets that other distributions bring: real ones, in a directory on `sys.path`."""

import importlib
import sys
import traceback

import pytest

from ahoyhoy.lb.providers import DnsProvider, ListProvider, provider_of
from ahoyhoy.lb.providers.targets.target import name_of
from ahoyhoy.utils import Host, Instance

MODULE = """
from ahoyhoy.lb.providers import ListProvider
from ahoyhoy.utils import Host, Instance

asked = []

def make(url):
    asked.append(url)
    return ListProvider(Instance(Host("inventory", 8080)))
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install(distribution, schemes, module=source)` puts a distribution where Python looks for them."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = []

    def put(distribution, entry_points, source=MODULE):
        name = distribution.replace("-", "_")
        (tmp_path / f"{name}.py").write_text(source)
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = [f"{scheme} = {value}" for scheme, value in entry_points.items()]
        (about / "entry_points.txt").write_text("\n".join(["[ahoyhoy.providers]", *lines, ""]))
        importlib.invalidate_caches()
        modules.append(name)
        return lambda: importlib.import_module(name)

    yield put
    for name in modules:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "target",
    [
        "inventory://eu.internal:8500/users?tag=v2&token_env=TOKEN#x",
        "https+inventory://users",
        "http+INVENTORY://me:secret@users/a,b",
        "Inventory://",
    ],
)
def test_the_package_that_registered_a_scheme_is_given_the_whole_target(install, target):
    module = install("ahoyhoy-inventory", {"inventory": "ahoyhoy_inventory:make"})
    source = provider_of(target)
    assert source.get_list() == (Instance(Host("inventory", 8080)),)
    assert isinstance(source, ListProvider)
    assert module().asked == [target]


def test_a_scheme_may_have_a_plus_of_its_own(install):
    module = install("ahoyhoy-a", {"a+b": "ahoyhoy_a:make"})
    provider_of("a+b://users")
    provider_of("https+a+b://users")
    assert module().asked == ["a+b://users", "https+a+b://users"]


def test_a_variable_may_hold_such_a_target(install, monkeypatch):
    module = install("ahoyhoy-inventory", {"inventory": "ahoyhoy_inventory:make"})
    monkeypatch.setenv("USERS", "inventory://users?token=secret")
    provider_of("env:USERS")
    assert module().asked == ["inventory://users?token=secret"]


def test_a_scheme_of_another_package_names_no_service(install):
    install("ahoyhoy-inventory", {"inventory": "ahoyhoy_inventory:make"})
    assert name_of("inventory://users") is None


def test_a_scheme_of_the_library_stays_the_librarys(install):
    module = install(
        "ahoyhoy-thief",
        dict.fromkeys(("http", "dns", "file", "env", "https"), "ahoyhoy_thief:make"),
    )
    assert provider_of("http://a").get_list()[0].host == Host("a", 80)
    assert isinstance(provider_of("https+dns://a:1"), DnsProvider)
    with pytest.raises(ValueError, match=r"'https\+http://' is not known"):
        provider_of("https+http://a")
    with pytest.raises(ValueError, match="after env:"):
        provider_of("env://A")
    assert module().asked == []


def test_what_is_installed_is_not_imported_for_other_schemes(install):
    install("ahoyhoy-broken", {"broken": "ahoyhoy_broken:make"}, "raise RuntimeError")
    install("ahoyhoy-inventory", {"inventory": "ahoyhoy_inventory:make"})
    provider_of("inventory://users")
    with pytest.raises(ValueError, match="'other://' is not known") as caught:
        provider_of("other://users")
    assert "A target is one of" in str(caught.value)


def test_two_packages_that_claim_a_scheme_are_both_named(install):
    module = install("ahoyhoy-one", {"inventory": "ahoyhoy_one:make"})
    install("ahoyhoy-two", {"Inventory": "ahoyhoy_two:make"})
    with pytest.raises(ValueError, match="'inventory://' is claimed by") as caught:
        provider_of("inventory://users?token=secret")
    assert "ahoyhoy-one (ahoyhoy_one:make) and ahoyhoy-two (ahoyhoy_two:make)" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert module().asked == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("def other(url): ...", "AttributeError: .*make"),
        ("make = None", "TypeError: "),
        ("def make(): ...", "TypeError: make"),
        (
            "def make(url): raise ValueError('no agent at ' + url)",
            "ValueError: no agent at https.inv://users$",
        ),
        ("def make(url): raise OSError", "OSError$"),
        ("def make(url): return None", "returned NoneType, which is no IProvider"),
        ("def make(url): return [('a', 1)]", "returned list, which is no IProvider"),
        ("def make(url): return ('a', 1)", "returned tuple, which is no IProvider"),
    ],
)
def test_a_package_that_cannot_make_a_source_is_named(install, source, message):
    install("ahoyhoy-inventory", {"inv": "ahoyhoy_inventory:make"}, source)
    whose = r"'inv://' of the package ahoyhoy-inventory \(ahoyhoy_inventory:make\):? "
    with pytest.raises(ValueError, match=f"^{whose}{message}") as caught:
        provider_of("https+inv://users")
    assert "A target is one of" not in str(caught.value)


def test_what_a_package_raised_is_the_cause(install, monkeypatch):
    install("ahoyhoy-a", {"a": "ahoyhoy_a:make"}, "def make(url): raise LookupError('no users')")
    monkeypatch.setenv("USERS", "a://users")
    with pytest.raises(ValueError, match=r"^env:USERS: 'a://' of the package ahoyhoy-a") as caught:
        provider_of("env:USERS")
    assert isinstance(caught.value.__cause__, LookupError)


@pytest.mark.parametrize(
    "target",
    [
        "a://me:hunter2@agent/users",
        "a://agent/users?token=hunter2",
        "a://agent/users?x=1;token=hunter2&y",
        "a://agent/users?hunter2",
        "a://agent/users#hunter2",
        "a://me:hunter%32@agent/users?token=hunter%32#hunter%32",
        "a://agent/users?token=p9",
        "a://p9@agent/users",
    ],
)
@pytest.mark.parametrize(
    "source",
    [
        "def make(url): raise ValueError('cannot read ' + url)",
        """
from urllib.parse import unquote
def make(url):
    try:
        {}[unquote(url)]
    except KeyError as error:
        raise RuntimeError(f"refused with hunter2, p9 {url!r}") from error
""",
    ],
)
def test_a_packages_error_is_told_without_what_may_be_secret(install, source, target):
    install("ahoyhoy-a", {"a": "ahoyhoy_a:make"}, source.replace("hunter2, p9", ""))
    with pytest.raises(
        ValueError, match=r"ahoyhoy-a .*(cannot read|refused with).*\*\*\*"
    ) as caught:
        provider_of(target)
    shown = "".join(traceback.format_exception(caught.value))
    for secret in ("hunter2", "hunter%32", "p9"):
        assert secret not in shown
    assert "agent" in str(caught.value)


def test_a_short_secret_is_only_looked_for_as_a_word(install):
    source = "def make(url): raise ValueError('no service users1 with tag 1')"
    install("ahoyhoy-a", {"a": "ahoyhoy_a:make"}, source)
    with pytest.raises(ValueError, match=r"no service users1 with tag \*\*\*$"):
        provider_of("a://users1?tag=1")
