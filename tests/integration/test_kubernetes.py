"""What is particular to Kubernetes: conditions, who may read, versions that are gone, v1."""

import base64
import json
from pathlib import Path

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import KubernetesProvider
from ahoyhoy.lb.providers.kubernetes import kubeconfig
from integration.kubernetes_server import ADMIN, HTTP, READER, Kubernetes, endpoint
from integration.registries import hosts, ports, told
from integration.server_process import until

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
    assert "speaks TLS: give https" in text


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


def test_by_a_kubeconfig_with_everything_in_it(cluster, tmp_path):
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
