"""How to get at the API of a Kubernetes cluster."""

import base64
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ahoyhoy.lb.providers import KubernetesProvider, RefusedError, optional
from ahoyhoy.lb.providers.kubernetes import kubeconfig
from ahoyhoy.lb.providers.kubernetes.kubeconfig import Access, finder, in_cluster, of_kubeconfig

TOKEN = {"token": "secret"}
CLUSTER = {"server": "https://10.0.0.1:6443"}


def configuration(user=TOKEN, cluster=CLUSTER, **more):
    return {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [
            {"name": "first", "context": {"cluster": "c", "user": "u"}},
            {"name": "nobody", "context": {"cluster": "c"}},
            {"name": "wrong", "context": {"cluster": "other", "user": "u"}},
        ],
        "current-context": "first",
        **more,
    }


@pytest.fixture
def written(tmp_path):
    """Writes a kubeconfig; its path."""

    def write(content):
        path = tmp_path / "config"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch, tmp_path):
    for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_the_current_context_counts_or_the_one_that_is_named(written):
    path = written(configuration())
    access = of_kubeconfig(path, None)
    assert access.address == "https://10.0.0.1:6443"
    assert access.headers() == {"Authorization": "Bearer secret"}
    assert of_kubeconfig(path, "nobody").headers() == {}


def test_yaml_is_read_and_without_pyyaml_the_error_names_the_extra(written, monkeypatch):
    path = written(
        "clusters: [{name: c, cluster: {server: 'https://h'}}]\n"
        "contexts: [{name: x, context: {cluster: c}}]\n"
        "current-context: x\n"
    )
    assert of_kubeconfig(path, None).address == "https://h"

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(optional, "import_module", missing)
    with pytest.raises(ImportError, match=r"yaml is needed: pip install 'ahoyhoy\[kubernetes\]'"):
        of_kubeconfig(path, None)


@pytest.mark.parametrize(
    ("content", "context", "text"),
    [
        ("[", None, "neither JSON nor YAML"),
        ("[]", None, "is no kubeconfig"),
        ("{}", None, "is no kubeconfig"),
        (configuration(cluster={}), None, "is no kubeconfig: KeyError"),
        (configuration(), "mars", "it has no context 'mars'"),
        (configuration(), "wrong", "it has no cluster 'other'"),
        (configuration(users=None), None, "it has no user 'u'"),
        (configuration(user={"exec": {}}), None, "only tokens and certificates are known, not exec"),
        (configuration(user={"client-key-data": "x", "token": 1, "client-certificate-data": "x"}), None, "base64"),
    ],
)  # fmt: skip
def test_what_is_no_kubeconfig_is_said_to_be_none(written, content, context, text):
    path = written(content)
    with pytest.raises(ValueError, match=text) as caught:
        of_kubeconfig(path, context)
    assert str(path) in str(caught.value)


def test_files_are_beside_the_one_that_names_them(written, tmp_path):
    user = {"client-certificate": "me.pem", "client-key": "/k.pem", "tokenFile": "t"}
    cluster = {**CLUSTER, "certificate-authority": "ca.pem"}
    access = of_kubeconfig(written(configuration(user, cluster)), None)
    folder = str(tmp_path)
    assert access.files == {
        "ca": os.path.join(folder, "ca.pem"),
        "cert": os.path.join(folder, "me.pem"),
        "key": "/k.pem",
        "token": os.path.join(folder, "t"),
    }
    with pytest.raises(RefusedError, match=r"the token cannot be read: .*No such file"):
        access.headers()
    (tmp_path / "t").write_text("new\n")
    assert access.headers() == {"Authorization": "Bearer new"}


def test_what_is_in_it_becomes_files_for_as_long_as_they_are_needed(written):
    def encoded(text):
        return base64.b64encode(text.encode()).decode()

    user = {"client-certificate-data": encoded("certificate"), "client-key-data": encoded("key")}
    cluster = {**CLUSTER, "certificate-authority-data": encoded("authority")}
    access = of_kubeconfig(written(configuration(user, cluster)), None)
    with access.registry(3.0) as registry:
        paths = [registry.verify, *registry.cert]
        assert [Path(path).read_text() for path in paths] == ["authority", "certificate", "key"]
        assert registry.timeout == 3.0
    assert not any(map(os.path.exists, paths))
    assert "certificate" not in repr(registry)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_leaves_them_alone_and_they_go_with_the_process():
    code = """
import os, sys
from ahoyhoy.lb.providers.kubernetes.kubeconfig import Access
context = Access("https://h", inline={"ca": b""}).registry(1.0)
registry = context.__enter__()
child = os.fork()
if child:
    os.waitpid(child, 0)
    print(os.path.exists(registry.verify), registry.verify)
# Neither of them leaves the context, as the thread of a watch does not.
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    existed, path = found.stdout.split()
    assert existed == "True"
    assert not os.path.exists(path)


def test_who_is_not_their_owner_does_not_remove_them(monkeypatch):
    with Access("https://h", inline={"ca": b""}).registry(1.0) as registry:
        monkeypatch.setattr(os, "getpid", lambda: 0)
    assert os.path.exists(registry.verify)
    shutil.rmtree(os.path.dirname(registry.verify))


def test_a_certificate_may_have_its_key_in_the_same_file(tmp_path):
    own = tmp_path / "own.pem"
    own.write_text("")
    with Access("https://h", files={"cert": str(own)}).registry(1.0) as registry:
        assert registry.cert == (str(own), str(own))


def test_a_cluster_that_is_not_to_be_verified(written):
    cluster = {**CLUSTER, "insecure-skip-tls-verify": True, "certificate-authority": "none.pem"}
    access = of_kubeconfig(written(configuration(cluster=cluster)), None)
    with access.registry(1.0) as registry:
        assert registry.verify is False


def test_a_file_that_is_not_there_is_a_refusal():
    access = Access("https://h", files={"ca": "/none.pem"})
    with pytest.raises(RefusedError, match=r"/none.pem.*no such file"), access.registry(1.0):
        pass


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [("10.0.0.1", "6443", "https://10.0.0.1:6443"), ("fd00::1", "", "https://[fd00::1]:443")],
)
def test_in_a_pod_the_service_account_counts(monkeypatch, tmp_path, host, port, address):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(kubeconfig, "SERVICE_ACCOUNT", tmp_path)
    (tmp_path / "token").write_text("of the pod")
    (tmp_path / "ca.crt").write_text("")
    assert finder(None, None) is in_cluster
    access = in_cluster()
    assert access.address == address
    assert access.headers() == {"Authorization": "Bearer of the pod"}
    with access.registry(1.0) as registry:
        assert registry.verify == str(tmp_path / "ca.crt")


def test_elsewhere_the_kubeconfig_counts(written, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="there is no such kubeconfig, and this is no pod"):
        finder(None, None)
    path = written(configuration())
    assert finder(path, None)().token == "secret"
    monkeypatch.setenv("KUBECONFIG", f"{path}{os.pathsep}/other")
    assert finder(None, None)().token == "secret"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert finder(None, "first")().token == "secret"
    monkeypatch.delenv("KUBECONFIG")
    (tmp_path / ".kube").mkdir()
    path.rename(tmp_path / ".kube" / "config")
    assert finder(None, "first")().token == "secret"


def test_a_pickled_provider_finds_the_cluster_again(written):
    source = KubernetesProvider("default", "users", kubeconfig=written(configuration()))
    copy = pickle.loads(pickle.dumps(source))
    assert copy._source._find().token == "secret"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"namespace": ""}, "namespace is a name"),
        ({"service": None}, "service is a name"),
        ({"scheme": "ftp"}, "scheme"),
        ({"token": "t"}, "go with address="),
        ({"verify": False}, "go with address="),
        ({"cert": "x"}, "go with address="),
        ({"address": "https://h", "kubeconfig": "x"}, "give address=, or kubeconfig="),
        ({"address": "https://h", "context": "x"}, "give address=, or kubeconfig="),
        ({"address": "https://h", "verify": "/none"}, "there is no such file"),
        ({"address": "https://h", "wait": 0}, "wait must be"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, text):
    with pytest.raises(ValueError, match=text):
        KubernetesProvider(**{"namespace": "default", "service": "users", **arguments})
