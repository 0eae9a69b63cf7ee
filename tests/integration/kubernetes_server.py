"""A real Kubernetes API, over an etcd of its own, whose endpoint slices a test changes."""

import trustme

from ahoyhoy.http.sessions import new_session
from ahoyhoy.lb.providers.kubernetes.kubernetesprovider import KubernetesProvider
from integration.etcd_server import Etcd
from integration.registries import Registry, program

ADMIN, READER = "admin-token", "reader-token"
SLICES = "/apis/discovery.k8s.io/v1beta1/namespaces/default/endpointslices"
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"


class Kubernetes(Registry):
    """The API alone: no pods, no controllers. What it holds survives a restart."""

    def __init__(self):
        program("kube-apiserver")
        super().__init__()
        self._etcd = Etcd()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.dir / "ca.pem")
        own = authority.issue_cert("127.0.0.1")
        own.private_key_and_cert_chain_pem.write_to_path(self.dir / "server.pem")
        (self.dir / "tokens").write_text(
            f"{ADMIN},admin,1,system:masters\n{READER},reader,2,\n", encoding="utf-8"
        )
        self.ca = str(self.dir / "ca.pem")
        self._session = new_session()
        self._session.trust_env = False
        self._session.verify = self.ca
        self._session.headers["Authorization"] = f"Bearer {ADMIN}"

    @property
    def url(self):
        return f"https://{self.address}"

    def command(self):
        own = self.dir / "server.pem"
        arguments = f"""--etcd-servers {self._etcd.url} --bind-address 127.0.0.1
            --advertise-address 127.0.0.1 --secure-port {self.port} --tls-cert-file {own}
            --tls-private-key-file {own} --service-account-issuer https://kubernetes.default.svc
            --service-account-key-file {own} --service-account-signing-key-file {own}
            --authorization-mode RBAC --token-auth-file {self.dir}/tokens --allow-privileged
            --service-cluster-ip-range 10.0.0.0/24 --disable-admission-plugins ServiceAccount
            --endpoint-reconciler-type none --v 0"""
        return ["kube-apiserver", *arguments.split()]

    def answers(self):
        paths = ("/readyz", "/api/v1/namespaces/default")  # which is made after the first is ready
        return all(self._session.get(self.url + path, timeout=1).ok for path in paths)

    def send(self, method, path, body=None, *, fine=()):
        response = self._session.request(method, self.url + path, json=body, timeout=10)
        assert response.ok or response.status_code in fine, response.text
        return response.json()

    def put_slice(self, name, service, ports, *endpoints):
        body = {
            "apiVersion": "discovery.k8s.io/v1beta1",
            "kind": "EndpointSlice",
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4",
            "endpoints": list(endpoints),
            "ports": ports,
        }
        known = self.send("GET", f"{SLICES}/{name}", fine=(404,))
        if "metadata" in known and "uid" in known["metadata"]:
            body["metadata"]["resourceVersion"] = known["metadata"]["resourceVersion"]
            self.send("PUT", f"{SLICES}/{name}", body)
        else:
            self.send("POST", SLICES, body)

    def delete_slice(self, name):
        self.send("DELETE", f"{SLICES}/{name}")

    def register(self, port, service="users", address="127.0.0.1", **endpoint):
        whole = {"addresses": [address], "conditions": {"ready": True}, **endpoint}
        self.put_slice(f"{service}-{port}", service, [{"name": "http", "port": port}], whole)

    def deregister(self, port, service="users"):
        self.delete_slice(f"{service}-{port}")

    def allow_reader(self):
        """From now on, the reader may read the endpoint slices."""
        rule = {
            "apiGroups": ["discovery.k8s.io"],
            "resources": ["endpointslices"],
            "verbs": ["list", "watch"],
        }
        self.send("POST", f"{ROLES}/roles", {"metadata": {"name": "slices"}, "rules": [rule]})
        binding = {
            "metadata": {"name": "reader"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Role",
                "name": "slices",
            },
            "subjects": [{"kind": "User", "name": "reader"}],
        }
        self.send("POST", f"{ROLES}/rolebindings", binding)

    def watched(self, service="users", **options):
        """A provider that notices within some seconds that it is silent."""
        access = {"address": self.url, "token": ADMIN, "verify": self.ca}
        given = {"port": "http", "wait": 1.0, "timeout": 1.0, **access, **options}
        return KubernetesProvider("default", service, **given)

    def __enter__(self):
        self._etcd.__enter__()
        return super().__enter__()

    def __exit__(self, *_):
        self._session.close()
        super().__exit__()
        self._etcd.__exit__()


HTTP = {"name": "http", "port": 80}


def endpoint(number, **said):
    return {"addresses": [f"10.0.0.{number}"], **said}
