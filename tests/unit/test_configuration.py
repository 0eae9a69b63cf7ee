"""The configuration file: what it says of services, on which line, and what is wrong in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ahoyhoy
from ahoyhoy.circuit import BreakerFactory
from ahoyhoy.configuration import document, read, service, tables
from ahoyhoy.configuration.tomlfile import Document, _toml
from ahoyhoy.exceptions import ConfigurationError
from ahoyhoy.lb.providers import DnsProvider, provider_of
from ahoyhoy.lb.providers.targets.target import name_of
from ahoyhoy.session.configured import configured, in_effect
from ahoyhoy.utils import Host

USERS = '[services.users]\ntarget = "http://a:1,b:2"\n'

WHOLE = """\
# The services of the shop.
[services.users]
target = "http://a:1,b:2"   # two
name = "users.internal"
lb = "LeastRequestLB"
timeout = [
    1,
    2.5,
]
deadline = 10
priority = "high"
ep_list_update_tries = 2
attempts = 5
retry_methods = ["GET", "post"]
retry_statuses = [502, 503]
failover = false
failover_time = 7
host_header = "endpoint"
server_name = "endpoint"
limits.per_host = 10
limits.wait = 0.5
retry_budget = { ratio = 0.5, floor = 1 }
breaker.failure_threshold = 3

[services.users.health_check]
path = "/health"
statuses = [200, 204]

[services.users.propagation]
service_name = "shop"
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """`file(text)`: writes the file that the environment names; its path."""
    path = tmp_path / "ahoyhoy.toml"
    monkeypatch.setenv("AHOYHOY_CONFIG", str(path))

    def write(text):
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def made(session):
    """The balancer, the settings and the naming of the only service."""
    (adapter,) = session._services.adapters
    return adapter.service.lb, adapter.service.settings, adapter.service.naming


def test_a_service_is_its_target_and_its_settings(file):
    file(WHOLE)
    lb, settings, naming = made(ahoyhoy.Session("lb://users"))
    assert isinstance(lb, ahoyhoy.LeastRequestLB)
    assert [i.host for i in lb._members.provider.get_list()] == [Host("a", 1), Host("b", 2)]
    assert (settings.name, settings.timeout, settings.deadline) == ("users.internal", (1, 2.5), 10)
    assert (settings.priority, settings.ep_list_update_tries) == ("high", 2)
    policy = settings.policy
    assert (policy.attempts, policy.failover, policy.failover_time) == (5, False, 7)
    assert (policy.methods, policy.statuses) == ({"GET", "POST"}, {502, 503})
    assert settings.limits == ahoyhoy.Limits(per_host=10, wait=0.5)
    assert (settings.retry_budget.ratio, settings.retry_budget.floor) == (0.5, 1)
    assert settings.health_check == ahoyhoy.HealthCheck("/health", statuses=[200, 204])
    assert settings.propagation == ahoyhoy.Propagation(service_name="shop")
    assert (naming.host_header, naming.server_name) == ("endpoint", "endpoint")
    assert isinstance(configured("lb://users")["breaker"], BreakerFactory)


def test_a_service_is_known_by_its_name_in_the_file(file):
    file(USERS + '[services.orders]\ntarget = "dns://o.internal:1"\nname = "orders.test:8080"\n')
    assert name_of("lb://users") == "users"
    assert name_of("lb://orders") == "orders.test:8080"
    assert ahoyhoy.Session("lb://users")._services.names == ["users"]
    assert isinstance(provider_of("lb://orders"), DnsProvider)


def test_what_the_code_says_comes_before_the_file(file):
    file(USERS + 'deadline = 10\nattempts = 5\nhost_header = "endpoint"\n')
    given = {"deadline": 3, "strategy": ahoyhoy.Single(), "name": "people"}
    _, settings, naming = made(ahoyhoy.Session("lb://users", **given))
    assert (settings.deadline, settings.policy, settings.name) == (3, None, "people")
    assert naming.host_header == "endpoint"
    policy = ahoyhoy.RetryPolicy(attempts=2)
    assert made(ahoyhoy.Session("lb://users", policy=policy))[1].policy is policy


def test_hedging_goes_on_by_the_policy_of_the_file(file):
    file(USERS + "attempts = 4\nretry_budget = false\nhedged = { delay = 0.1, max_extra = 0.05 }\n")
    settings = made(ahoyhoy.Session("lb://users"))[1]
    assert (settings.strategy.attempts, settings.strategy.policy.attempts) == (2, 4)
    assert settings.budget is None


def test_several_services_of_a_session_and_an_adapter_have_theirs(file):
    file(USERS + 'deadline = 10\n[services.orders]\ntarget = "c:3"\n')
    session = ahoyhoy.Session({"people": "lb://users", "orders": "lb://orders"})
    found = [session._services.named(name).service.settings for name in ("people", "orders")]
    assert [(s.name, s.deadline) for s in found] == [("people", 10), ("orders", None)]
    assert ahoyhoy.Adapter("lb://users").service.settings.deadline == 10


def test_a_variable_leads_to_a_service_and_a_service_to_a_variable(file, monkeypatch):
    file('[services.users]\ntarget = "env:HOSTS"\n')
    monkeypatch.setenv("SERVICE", "lb://users")
    monkeypatch.setenv("HOSTS", "a:1")
    assert provider_of("env:SERVICE").get_list()[0].host == Host("a", 1)
    monkeypatch.setenv("HOSTS", "lb://users")
    with pytest.raises(ConfigurationError, match=r"target: env:HOSTS: .* cannot be another serv"):
        provider_of("env:SERVICE")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("tiemout = 3", r":3: \[services.users\] tiemout: is not known; timeout perhaps"),
        ("methods = []", "methods: is not known; retry_methods perhaps"),
        ("zzz = 1", "zzz: is not known; there are attempts, breaker, deadline"),
        ("limits.per_hots = 3", r"\[services.users.limits\] per_hots: is not known; per_host"),
        ("timeout = 'x'", r":3: \[services.users\] timeout: a timeout is seconds above 0"),
        ("deadline = true", "deadline: a deadline is seconds"),
        ("priority = 'urgent'", "priority: a priority is one of high"),
        ("attempts = 0", "attempts: attempts counts the first one too"),
        ("retry_statuses = 500", "retry_statuses: statuses is a collection"),
        ("failover = 'no'", "failover: is true or false, not 'no'"),
        ("host_header = 'x'", "host_header: host_header is 'service'"),
        ("lb = 'LeastLB'", "lb: is the name of a balancer, not 'LeastLB'; LeastRequestLB perhaps"),
        ("lb = 7", "lb: is the name of a balancer, not 7; there are ConsistentHashLB"),
        ("limits = 3", r"limits: is a table: limits = \{per_host = …\}"),
        ("breaker = false", "breaker: is a table"),
        ("\n\nlimits.per_host = -1", r":5: \[services.users.limits\] per_host: per_host must be"),
        ("propagation.priority = 1", "priority: is true or false, not 1"),
        ("health_check.timeout = 9", "health_check.* timeout: timeout .* must not be above"),
        (
            "health_check = {interval = 1, timeout = 0.5, rise = 0}",
            r"\[services.users.health_check\] rise: rise must be a whole number",
        ),
        ("name = 3", "name: is a string, not 3"),
        ("name = 'a/b'", "name: a service's name is as in a URL"),
    ],
)
def test_an_error_names_file_line_table_and_key(file, said, message):
    path = file(USERS + said)
    with pytest.raises(ConfigurationError, match=message) as caught:
        ahoyhoy.Session("lb://users")
    assert str(caught.value).startswith(f"{path}:")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no \[services.users\]; it names no service"),
        ("[services.user]", r"there is no \[services.users\]; user perhaps"),
        ("[service.users]", ":1: service: is not known; services, as in"),
        ("services = 3", r":1: services: is a table: \[services.users\]"),
        ("[services]\nusers = 'a:1'", r":2: \[services\] users: is a table: \[services.users\]"),
        ("[services]\n'a b' = 1", r'\[services\] a b: is a table: \[services."a b"\]'),
        ("[services.users]", r":1: \[services.users\]: target is missing: it says where"),
        ("[services.users]\ntargt = 'a:1'", "; targt should perhaps be target"),
        ("[services.users]\ntarget = 3", "target: is a string such as .*, not 3"),
        ("[services.users]\ntarget = 'ftp://a'", r":2: .* target: 'ftp://' is not known$"),
        ("[services.users]\ntarget = 'lb://users'", "target: .* cannot be another service"),
        (
            "[services.users]\ntarget = 'consul://u?token=sesame'",
            "a secret does not stand in a URL",
        ),
        ("[services.users]\ntarget = 'http://me:sesame@a'", "no user name or password"),
        ("x = " + "[" * 10_000, r"^AHOYHOY_CONFIG: .* is no TOML: .*(recursion|nested)"),
        ("x =", r"^AHOYHOY_CONFIG: .* is no TOML: .*line|at end of document"),
    ],
)
def test_a_file_without_the_service_is_an_error(file, text, message):
    file(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        provider_of("lb://users")
    assert "sesame" not in str(caught.value)
    assert "A target is one of" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("lb://", "after lb:// comes the name of a service alone"),
        ("lb://users/1", "after lb:// comes the name of a service alone"),
        ("lb://users?x=1", "no query"),
        ("lb://me:sesame@users", "no user name or password"),
        ("https+lb://users", r"'https\+lb://' is not known"),
    ],
)
def test_a_target_with_more_than_a_name_is_none(file, target, message):
    file(USERS)
    for read_it in (provider_of, name_of, ahoyhoy.Session):
        with pytest.raises(ValueError, match=message) as caught:
            read_it(target)
        assert "sesame" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("AHOYHOY_CONFIG", raising=False)
    with pytest.raises(ConfigurationError, match="AHOYHOY_CONFIG is not set"):
        provider_of("lb://users")
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        monkeypatch.setenv("AHOYHOY_CONFIG", str(path))
        with pytest.raises(ConfigurationError, match=f"AHOYHOY_CONFIG: {path}: {why}"):
            provider_of("lb://users")
    (tmp_path / "latin").write_bytes(b"# \xff")
    with pytest.raises(ConfigurationError, match="latin: it is no UTF-8"):
        read(str(tmp_path / "latin"))


def test_without_a_reader_of_toml_the_error_names_the_extra(file, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    file(USERS)
    monkeypatch.setattr("ahoyhoy.configuration.tomlfile.import_module", missing)
    with pytest.raises(ImportError, match=r"pip install 'ahoyhoy\[config\]'"):
        provider_of("lb://users")


def test_every_setting_says_where_it_comes_from(file):
    path = file(WHOLE)
    found = {key: (value, origin) for key, value, origin in in_effect(service("users"))}
    assert found["target"] == ("http://a:1,b:2", f"{path}:3")
    assert found["timeout"] == ([1, 2.5], f"{path}:6")
    assert found["limits.wait"] == (0.5, f"{path}:21")
    assert found["limits.total"] == (None, "default")
    assert found["retry_budget.floor"] == (1, f"{path}:22")
    assert found["retry_budget.window"] == (10.0, "default")
    assert found["health_check.path"] == ("/health", f"{path}:26")
    assert found["hedged"] == (None, "default")
    file(USERS + "retry_budget = false")
    found = {key: (value, origin) for key, value, origin in in_effect(service("users"))}
    assert found["retry_budget"] == (None, f"{path}:3")
    assert found["name"] == ("users", "default")
    assert "health_check" in found


def test_services_come_in_the_order_of_the_file(file):
    file('[services.b]\n[services."a b"]\n')
    assert [table.name for table in tables(document())] == ["b", "a b"]


def test_what_looks_like_a_table_in_a_string_is_none():
    text = 'a = """\n[x]\nb = 1\n"""\n[t]\nc = [\n  1, # ]\n]\nd.e = {f = 1}\n[[l]]\ng = 1\n'
    found = Document("file", text, {})
    assert found.line("a") == 1
    assert [found.line("t"), found.line("t", "c"), found.line("t", "d", "e", "f")] == [5, 6, 9]
    assert (found.line("l"), found.line("l", "g"), found.line("x")) == (10, 11, 1)


def test_lines_are_counted_whoever_ended_them(tmp_path):
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf[t]\r\na = 1\r\n\r\nb = 2\r\n")
    found = read(str(tmp_path / "file"))
    assert [found.line("t", key) for key in "ab"] == [2, 4]


@given(st.lists(st.sampled_from(["", "# x", "k = 1", 's = """', '"""', "l = [", "]", "1,"])))
def test_a_key_is_on_a_line_that_has_it_whatever_stands_around(around):
    text = "\n".join([*around, "here = 1"])
    try:
        whole = "here" in _toml().loads(text)
    except ValueError:
        whole = False
    if whole:
        assert text.split("\n")[Document("file", text, {}).line("here") - 1] == "here = 1"
