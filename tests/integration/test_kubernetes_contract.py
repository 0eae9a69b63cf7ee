"""What a Kubernetes API may say, and the one that the tests start does not, or not soon."""

import json

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import KubernetesProvider, RefusedError
from integration.kubernetes_server import HTTP, endpoint
from integration.registries import hosts, told
from integration.server_process import free_port, until
from integration.stand_in import StandIn, answering

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


def test_a_server_whose_groups_are_none_is_not_kubernetes():
    with serving([], groups=[1]) as server:
        source = watched(server)
        assert "what answers is not Kubernetes" in told(source, ProviderError)
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
    ("status", "kind"),
    [
        (429, ProviderError),
        (503, ProviderError),
        (400, RefusedError),
        (401, RefusedError),
        (403, RefusedError),
    ],
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


def test_a_kubeconfig_that_is_broken_when_it_is_read_again(tmp_path):
    content = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{free_port()}"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c"}}],
        "current-context": "x",
    }
    path = tmp_path / "config"
    path.write_text(json.dumps(content))
    source = KubernetesProvider("default", "users", kubeconfig=path)
    path.write_text("{}")
    assert "is no kubeconfig" in told(source)
    source.close()
