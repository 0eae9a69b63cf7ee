"""A real etcd whose keys a test changes."""

import base64
import json

from ahoyhoy.http.sessions import new_session
from ahoyhoy.lb.providers.etcd.etcdprovider import EtcdProvider
from integration.registries import Registry, program


def encoded(text):
    return base64.b64encode(text.encode()).decode()


class Etcd(Registry):
    """A cluster of one member; what it holds survives a restart.

    Args:
        certificate: a PEM file with certificate and key: it speaks TLS alone.
        ca_file: what its own session verifies that with.
        clients: a PEM file: only clients with a certificate of this authority.
    """

    def __init__(self, *, certificate=None, ca_file=None, clients=None):
        program("etcd")
        super().__init__()
        self._peer = self.new_port()
        self._tls = [f"--cert-file={certificate}", f"--key-file={certificate}"]
        self._tls = self._tls if certificate else []
        if clients:
            self._tls += ["--client-cert-auth", f"--trusted-ca-file={clients}"]
        self._scheme = "https" if certificate else "http"
        self._session = new_session()
        self._session.trust_env = False
        self._session.verify = ca_file or True
        self._session.cert = certificate if clients else None

    @property
    def url(self):
        return f"{self._scheme}://{self.address}"

    def command(self):
        peer = f"http://127.0.0.1:{self._peer}"
        arguments = f"""--name test --data-dir {self.dir}/data --listen-client-urls {self.url}
            --advertise-client-urls {self.url} --listen-peer-urls {peer} --log-level error
            --initial-advertise-peer-urls {peer} --initial-cluster test={peer} --enable-v2=false
            --heartbeat-interval 100 --election-timeout 1000"""
        return ["etcd", *arguments.split(), *self._tls]

    def answers(self):
        return self._session.get(f"{self.url}/health", timeout=1).json()["health"] == "true"

    def ask(self, path, **body):
        response = self._session.post(f"{self.url}/v3/{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def put(self, key, value, **more):
        text = value if isinstance(value, str) else json.dumps(value)
        self.ask("kv/put", key=encoded(key), value=encoded(text), **more)

    def delete(self, key):
        self.ask("kv/deleterange", key=encoded(key))

    def register(self, port, address="127.0.0.1", service="users", **settings):
        self.put(f"services/{service}/{port}", {"address": address, "port": port, **settings})

    def deregister(self, port, service="users"):
        self.delete(f"services/{service}/{port}")

    def demand_a_user(self, user, password, prefix):
        """From now on, who gives no password may do nothing; this user may read the prefix."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        self.ask("auth/user/add", name="root", password="root")
        self.ask("auth/role/add", name="root")
        self.ask("auth/user/grant", user="root", role="root")
        self.ask("auth/user/add", name=user, password=password)
        self.ask("auth/role/add", name="reader")
        permission = {"permType": "READ", "key": encoded(prefix), "range_end": encoded(end)}
        self.ask("auth/role/grant", name="reader", perm=permission)
        self.ask("auth/user/grant", user=user, role="reader")
        self.ask("auth/enable")
        self.log_in()

    def log_in(self):
        token = self.ask("auth/authenticate", name="root", password="root")["token"]
        self._session.headers["Authorization"] = token

    def watched(self, service="users", **options):
        """A provider that notices within a second or two that it is silent."""
        given = {"address": self.url, "wait": 1.0, "timeout": 1.0, **options}
        return EtcdProvider(f"services/{service}", **given)

    def __exit__(self, *_):
        self._session.close()
        super().__exit__()
