"""`ahoyhoy doctor` and `ahoyhoy config`, as a shell sees them, against real servers."""

import json
import os
import pty
import subprocess

import pytest

from ahoyhoy.testing.cluster import Cluster
from integration.dns_servers import NAME, ZONE
from integration.etcd_server import Etcd
from integration.shell import COMMAND, ahoyhoy, doctor  # noqa: F401 - fixtures
from integration.tls_servers import serve  # noqa: F401 - fixtures


def test_nothing_is_wrong_with_hosts_that_can_be_reached(cluster, ahoyhoy):
    target = ",".join(f"{address}:{port}" for address, port in cluster.hosts)
    code, told, error = ahoyhoy("doctor", target)
    assert (code, error) == (0, "")
    assert told.endswith("\n\nnothing is wrong\n")
    assert told.count("  ok     127.0.0.1:") == 3
    asked = [[(r.method, r.path) for r in node.requests] for node in cluster]
    assert asked == [[("OPTIONS", "*")]] * 3  # which changes nothing


def test_a_host_that_refuses_is_a_sentence_and_exit_code_1(doctor):
    with Cluster(2) as cluster:
        cluster[0].kill()
        target = ",".join(f"{address}:{port}" for address, port in cluster.hosts)
        code, found = doctor(target)
        assert code == 1
        assert [host["usable"] for host in found["hosts"]] == [False, True]
        (told,) = found["wrong"]
        assert told.startswith(f"127.0.0.1:{cluster[0].port}: connection refused: is the service")
        cluster[1].kill()
        code, found = doctor(target)
        assert code == 3
        (told,) = found["wrong"]  # the same of both
        assert told.startswith(f"{target.replace(',', ', ')}: connection refused")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("no certificate", "and there is no certificate in it"),
        (None, "and there is no such file"),
    ],
)
def test_authorities_that_cannot_be_read_are_told(cluster, doctor, tmp_path, content, why):
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content)
    target = f"http://127.0.0.1:{cluster[0].port}"
    code, found = doctor(target, REQUESTS_CA_BUNDLE=str(bundle))
    assert code == 1
    assert f"REQUESTS_CA_BUNDLE names {bundle}, {why}: each https" in found["wrong"][0]


def test_the_name_of_a_service_is_the_one_its_certificate_must_have(
    serve, certificate, ca_file, doctor, tmp_path
):
    server = serve(certificate("users.internal"))
    config = tmp_path / "ahoyhoy.toml"
    table = f'[services.users]\ntarget = "https://127.0.0.1:{server.port}"\n'
    around = {"AHOYHOY_CONFIG": str(config), "REQUESTS_CA_BUNDLE": ca_file}
    config.write_text(table)
    code, found = doctor("lb://users", **around)
    assert code == 5
    assert "its certificate is not for users. It is for users.internal: name" in found["wrong"][0]
    config.write_text(table + 'name = "users.internal"\n')
    code, found = doctor("lb://users", **around)
    assert (code, found["wrong"]) == (0, [])
    origins = {one["name"].strip(): one["origin"] for one in found["settings"]}
    assert origins["name"] == "ahoyhoy.toml:3"
    assert origins["authorities"] == "REQUESTS_CA_BUNDLE"


def test_what_the_environment_does_to_requests_is_told(cluster, doctor):
    target = f"127.0.0.1:{cluster[0].port}"
    code, found = doctor(
        target,
        AHOYHOY_DISABLE="1",
        REQUESTS_CA_BUNDLE="/no/such.pem",
        HTTP_PROXY="http://me:sesame@proxy:1",
        NO_PROXY="other",
    )
    assert code == 1
    assert "AHOYHOY_DISABLE is set" in found["wrong"][0]
    assert "REQUESTS_CA_BUNDLE names /no/such.pem, and there is no such file" in found["wrong"][1]
    known = {one["name"]: (one["value"], one["origin"]) for one in found["settings"]}
    assert known["http proxy"] == ("http://***:***@proxy:1", "HTTP_PROXY")
    assert known["proxy for the hosts"] == ("none: proxies are for other URLs", "default")
    assert known["no proxy for"] == ("other", "NO_PROXY")
    assert known["balancing"] == ("off", "AHOYHOY_DISABLE")


def test_a_proxy_before_a_registry_is_told(doctor):
    around = {"HTTP_PROXY": "http://me:sesame@127.0.0.1:1", "NO_PROXY": "", "TOKEN": "sesame"}
    target = "consul://10.0.0.1/users?token_env=TOKEN"
    code, found = doctor("env:TARGET", TARGET=target, **around)
    assert code == 3
    assert found["wrong"][0].startswith("There are no hosts: consul://users: the Consul agent")
    assert "through the proxy http://***:***@127.0.0.1:1 (HTTP_PROXY)" in found["wrong"][1]
    assert "put 10.0.0.1 into NO_PROXY" in found["wrong"][1]
    known = [(one["value"], one["origin"]) for one in found["settings"]]
    assert known[:3] == [("env:TARGET", "command line"), (target, "TARGET"), ("***", "TOKEN")]
    assert "sesame" not in json.dumps(found)


def test_no_proxy_is_told_before_a_registry_of_this_machine(doctor):
    code, found = doctor("consul://127.0.0.1:1/users", HTTP_PROXY="http://127.0.0.1:2", NO_PROXY="")
    assert code == 3
    assert len(found["wrong"]) == 1
    (registry,) = [one for one in found["settings"] if one["name"] == "registry"]
    assert registry["value"] == "http://127.0.0.1:1"


def test_the_hosts_of_a_registry_are_looked_at(cluster, doctor):
    with Etcd() as etcd:
        etcd.register(cluster[0].port)
        code, found = doctor(f"etcd://{etcd.address}/services/users")
        assert (code, len(found["hosts"]), found["wrong"]) == (0, 1, [])
        code, found = doctor(f"etcd://{etcd.address}/services/nobody")
    assert code == 3
    assert "There are no hosts: etcd://services/nobody" in found["wrong"][0]


@pytest.mark.server("knot")
def test_why_dns_has_no_hosts_is_told(knot, doctor):
    knot.set("web", "TXT", "no address")
    wrong = {
        "web": f"There are no hosts: {NAME} exists, but has no A or AAAA records (asked {{}}).",
        "nobody": (
            "There are no hosts: dns://nobody.svc.test:80: nobody.svc.test does not exist"
            " (asked {0} for A records): is it spelled right, and in DNS rather than in /etc/hosts?"
        ),
    }
    for name, sentence in wrong.items():
        code, found = doctor(f"dns://{knot.address}/{name}.{ZONE}:80")
        assert (code, found["wrong"]) == (3, [sentence.format(knot.address)])


@pytest.mark.parametrize("word", ["get", "hosts"])
def test_a_service_of_the_configuration_is_a_target(cluster, ahoyhoy, tmp_path, word):
    config = tmp_path / "ahoyhoy.toml"
    config.write_text(f'[services.users]\ntarget = "127.0.0.1:{cluster[0].port}"\n')
    words = ["lb://users", *(["/x"] if word == "get" else [])]
    code, told, error = ahoyhoy(word, *words, AHOYHOY_CONFIG=str(config))
    assert (code, error) == (0, "")
    assert f"{cluster[0].port}" in told
    if word == "get":
        assert cluster[0].requests[0].headers["host"] == "users"


def test_a_wrong_configuration_is_exit_code_2(ahoyhoy, tmp_path):
    (tmp_path / "ahoyhoy.toml").write_text('[services.users]\ntarget = "a:1"\nattemps = 3\n')
    for words in (["doctor", "lb://users"], ["get", "lb://users", "/"], ["config"]):
        code, told, error = ahoyhoy(*words, AHOYHOY_CONFIG="ahoyhoy.toml")
        assert (code, told) == (2, "")
        assert "ahoyhoy.toml:3: [services.users] attemps: is not known; attempts perhaps?" in error


def test_the_lines_fit_a_terminal(tmp_path):
    """Eighty columns wide, unless a word is longer than what is left."""
    controller, terminal = pty.openpty()
    around = {**os.environ, "COLUMNS": "80"}
    command = [*COMMAND, "doctor", "http://no.invalid:80"]
    subprocess.run(command, stdout=terminal, timeout=60, check=False, env=around)
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(controller, 65536):
            shown += part
    except OSError:  # how Linux says that there is no more
        pass
    finally:
        os.close(controller)
    text = shown.decode().splitlines()
    assert "wrong" in text
    assert [line for line in text if len(line) > 80 and "/" not in line] == []
