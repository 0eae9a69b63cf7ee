"""What is particular to Kubernetes: conditions, who may read, versions that are gone, v1."""

import base64
import json
import time
from pathlib import Path

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import KubernetesProvider, RefusedError
from ahoyhoy.lb.providers.kubernetes import kubeconfig
from integration.dns_servers import until
from integration.kubernetes_server import ADMIN, READER, Kubernetes
from integration.registries import hosts, ports
from integration.stand_in import StandIn, answering

HTTP = {"name": "http", "port": 80}
METRICS = {"name": "metrics", "port": 9090}


@pytest.fixture(scope="module")
def cluster():
    with Kubernetes() as cluster:
        yield cluster


@pytest.fixture
def watching(cluster):
    made = []

    def begin(service, port=None, **options):
        given = {"address": cluster.url, "token": ADMIN, "verify": cluster.ca, **options}
        made.append(KubernetesProvider("default", service, port, **given))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def told(source, kind=RefusedError):
    with pytest.raises(ProviderError) as caught:
        source.get_list()
    assert type(caught.value) is kind
    return str(caught.value)


def endpoint(number, **said):
    return {"addresses": [f"10.0.0.{number}"], **said}


def test_an_endpoint_that_becomes_ready_or_unready_comes_and_goes(cluster, watching):
    cluster.put_slice("ready-1", "ready", [HTTP], endpoint(1))
    source = watching("ready")
    assert hosts(source) == ["10.0.0.1:80"]
    unready = endpoint(2, conditions={"ready": False})
    cluster.put_slice("ready-1", "ready", [HTTP], endpoint(1), unready)
    cluster.put_slice("ready-2", "ready", [HTTP], endpoint(3))
    until(lambda: hosts(source) == ["10.0.0.1:80", "10.0.0.3:80"])
    cluster.put_slice("ready-1", "ready", [HTTP], endpoint(1), endpoint(2))
    until(lambda: hosts(source) == ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"])


def test_a_change_is_seen_within_moments(cluster, watching):
    cluster.put_slice("quick", "quick", [HTTP], endpoint(1))
    source = watching("quick")
    source.get_list()
    took = []
    for number in (2, 3, 4):
        cluster.put_slice("quick", "quick", [HTTP], endpoint(number))
        start = time.monotonic()
        until(lambda number=number: hosts(source) == [f"10.0.0.{number}:80"])
        took.append(time.monotonic() - start)
    assert min(took) < 0.1


def test_zone_and_port(cluster, watching):
    there = endpoint(1, topology={"topology.kubernetes.io/zone": "eu-1a"})
    cluster.put_slice("zoned", "zoned", [HTTP, METRICS], there)
    (found,) = watching("zoned", "metrics").get_list()
    assert (found.host.port, found.zone) == (9090, "eu-1a")
    assert ports(watching("zoned", 80)) == [80]
    text = told(watching("zoned"), ProviderError)
    assert text.startswith("k8s://default/zoned: the service has the ports http:80, metrics:9090")
    assert "k8s://default/zoned:web: " in told(watching("zoned", "web"), ProviderError)


def test_a_service_that_is_not_known(watching):
    assert "no endpoint slices of such a service" in told(watching("nobody"), ProviderError)


def test_who_may_not_read_is_refused_until_a_role_allows_it(cluster, watching):
    cluster.put_slice("roles", "roles", [HTTP], endpoint(1))
    assert "Kubernetes refuses the token" in told(watching("roles", token="unknown"))
    text = told(watching("roles", token=READER))
    assert "it takes a role that may list and watch endpointslices in 'default'" in text
    cluster.allow_reader()
    until(lambda: hosts_of(watching("roles", token=READER)) == ["10.0.0.1:80"])


def hosts_of(source):
    try:
        return hosts(source)
    except ProviderError:
        return []
    finally:
        source.close()


def test_tls_that_is_refused(watching, cluster):
    assert "TLS: its certificate is refused" in told(watching("users", verify=True))
    text = told(watching("users", address=f"http://{cluster.address}"))
    assert "Client sent an HTTP request to an HTTPS server" in text


def test_in_a_pod(cluster, monkeypatch, tmp_path):
    cluster.put_slice("podded", "podded", [HTTP], endpoint(1))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(cluster.port))
    monkeypatch.setattr(kubeconfig, "SERVICE_ACCOUNT", tmp_path)
    (tmp_path / "token").write_text(ADMIN)
    (tmp_path / "ca.crt").write_bytes(Path(cluster.ca).read_bytes())
    source = KubernetesProvider("default", "podded")
    assert hosts(source) == ["10.0.0.1:80"]
    source.close()
    (tmp_path / "token").unlink()
    fresh = KubernetesProvider("default", "podded")
    assert "the token cannot be read" in told(fresh)
    fresh.close()


def test_by_a_kubeconfig_with_everything_in_it_that_is_broken_later(cluster, tmp_path):
    cluster.put_slice("configured", "configured", [HTTP], endpoint(1))
    authority = base64.b64encode(Path(cluster.ca).read_bytes()).decode()
    content = {
        "clusters": [
            {
                "name": "c",
                "cluster": {"server": cluster.url, "certificate-authority-data": authority},
            }
        ],
        "users": [{"name": "u", "user": {"token": ADMIN}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path = tmp_path / "config"
    path.write_text(json.dumps(content))
    source = KubernetesProvider("default", "configured", kubeconfig=path)
    assert hosts(source) == ["10.0.0.1:80"]
    source.close()
    fresh = KubernetesProvider("default", "configured", kubeconfig=path)
    path.write_text("{}")
    assert "is no kubeconfig" in told(fresh)
    fresh.close()


# -- what this server does not say, or not soon ---------------------------------------------------

GROUPS = {"versions": [{"version": "v1beta1"}, {"version": "v1"}]}


def listed(*endpoints, version="7"):
    found = {"metadata": {"name": "users-1"}, "ports": [HTTP], "endpoints": list(endpoints)}
    return {"metadata": {"resourceVersion": version}, "items": [found]}


def line(kind, version="8", **content):
    found = {"metadata": {"name": "users-1", "resourceVersion": version}, **content}
    return json.dumps({"type": kind, "object": found}).encode() + b"\n"


def serving(*streams, groups=GROUPS, found=None, status=200):
    """A server whose watches end after having told these lines; the last one again and again."""
    left = list(streams)

    def answer(asked):
        if asked.path == "/apis/discovery.k8s.io":
            return (groups, {}, b"no") if isinstance(groups, int) else (200, {}, groups)
        if "watch" not in asked.query:
            return 200, {}, found or listed(endpoint(1))
        lines = left.pop(0) if len(left) > 1 else left[0]
        return status, {}, iter(lines) if status == 200 else b"gone"

    return StandIn(answer)


def watched(server, **options):
    return KubernetesProvider("default", "users", address=f"http://{server.address}", **options)


def watches(server):
    return [asked.query for asked in server.asked if "watch" in asked.query]


def lists(server):
    return [a for a in server.asked if a.path.endswith("slices") and "watch" not in a.query]


def test_v1_is_used_where_it_is_and_a_bookmark_moves_the_version_alone():
    bookmark = line("BOOKMARK", "9", endpoints=None)
    change = line("MODIFIED", "8", ports=[HTTP], endpoints=[endpoint(2, zone="z")])
    with serving([change, bookmark], []) as server:
        source = watched(server, wait=7)
        until(lambda: hosts(source) == ["10.0.0.2:80"])
        assert source.get_list()[0].zone == "z"
        until(lambda: len(watches(server)) == 2)
        source.close()
    first, second = watches(server)
    path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    assert server.asked[1].path == path
    assert server.asked[1].query == {"labelSelector": "kubernetes.io/service-name=users"}
    assert first["resourceVersion"] == "7"
    assert (first["timeoutSeconds"], first["allowWatchBookmarks"]) == ("7", "true")
    assert second["resourceVersion"] == "9"


def test_v1_is_assumed_where_one_may_not_ask():
    with serving([], groups=403) as server:
        source = watched(server)
        assert hosts(source) == ["10.0.0.1:80"]
        source.close()
    assert "/v1/" in server.asked[1].path


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        ({"versions": []}, "it must be 1.17 or later"),
        ({}, "it must be 1.17 or later"),
        (404, r"refuses the question \(404: no\)"),
    ],
)
def test_a_server_without_endpoint_slices(groups, text):
    with serving([], groups=groups) as server:
        source = watched(server)
        with pytest.raises(RefusedError, match=text):
            source.get_list()
        source.close()


GONE = json.dumps({"type": "ERROR", "object": {"code": 410, "message": "too old"}}).encode()


@pytest.mark.parametrize("gone", [{"status": 200}, {"status": 410}])
def test_a_version_that_is_gone_is_listed_anew_at_once(gone, caplog):
    with serving([GONE + b"\n"], **gone) as server:
        source = watched(server)
        assert hosts(source) == ["10.0.0.1:80"]
        until(lambda: len(lists(server)) > 2)
        assert source.stale_for == 0.0
        source.close()
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("error", "text"),
    [({"code": 500, "message": "broken"}, "Kubernetes answered 500: broken"), ({}, "answered 500")],
)
def test_an_error_in_a_watch_is_one(error, text, caplog):
    with serving([json.dumps({"type": "ERROR", "object": error}).encode() + b"\n"]) as server:
        source = watched(server)
        assert hosts(source) == ["10.0.0.1:80"]
        until(lambda: text in caplog.text)
        source.close()


@pytest.mark.parametrize("found", [{"items": []}, {"kind": "Status"}, [], {"items": [7]}])
def test_what_is_not_kubernetes_is_said_to_be_none(found):
    with serving([], found=found or [1]) as server:
        source = watched(server)
        assert "is not Kubernetes" in told(source, ProviderError)
        source.close()


@pytest.mark.parametrize(
    ("status", "kind"), [(429, ProviderError), (503, ProviderError), (400, RefusedError)]
)
def test_a_status_is_a_refusal_or_may_pass(status, kind):
    with answering(status) as server:
        source = watched(server)
        assert str(status) in told(source, kind)
        source.close()


def test_a_slice_that_is_deleted():
    with serving([line("DELETED")], [line("BOOKMARK", "9")]) as server:
        source = watched(server, empty_grace=0)
        until(lambda: hosts_of_listing(source) == ())
        source.close()


def hosts_of_listing(source):
    source.changes()
    return source._listing.known.hosts
