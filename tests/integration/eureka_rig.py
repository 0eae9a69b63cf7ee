"""A registry that speaks as Eureka does, whose instances a test changes."""

import sys
from pathlib import Path

from ahoyhoy.http.sessions import new_session
from ahoyhoy.lb.providers.eureka.eurekaprovider import EurekaProvider
from integration.registries import Registry


class Eureka(Registry):
    """What it holds is lost with it."""

    LONG = {"interval": 2.0}
    # Not its own interval, which is as long as an outage in a test.
    OWN = {"interval": 5.0, "timeout": 10.0}

    def __init__(self):
        super().__init__()
        self._session = new_session()
        self._session.trust_env = False

    def command(self):
        return [sys.executable, str(Path(__file__).with_name("eureka_server.py")), str(self.port)]

    def answers(self):
        return self._session.get(f"http://{self.address}/eureka/apps", timeout=1).ok

    def send(self, method, path, body=None):
        url = f"http://{self.address}/eureka/apps/{path}"
        response = self._session.request(method, url, json=body, timeout=10)
        assert response.ok, response.text

    def register(self, port, service="users", address="127.0.0.1", weight=None, **said):
        instance = {
            "instanceId": f"{service}:{port}",
            "app": service.upper(),
            "hostName": address,
            "ipAddr": "127.0.0.1",
            "status": "UP",
            "port": {"$": port, "@enabled": "true"},
            "securePort": {"$": 443, "@enabled": "false"},
            "dataCenterInfo": {
                "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
                "name": "MyOwn",
            },
            "metadata": {} if weight is None else {"weight": str(weight)},
            **said,
        }
        self.send("POST", service.upper(), {"instance": instance})

    def deregister(self, port, service="users"):
        self.send("DELETE", f"{service.upper()}/{service}:{port}")

    def status(self, port, value, service="users"):
        self.send("PUT", f"{service.upper()}/{service}:{port}/status?value={value}")

    def watched(self, service="users", **options):
        """A provider that reads several times a second."""
        given = {"address": self.address, "interval": 0.2, "timeout": 1.0, **options}
        return EurekaProvider(service, **given)

    def __exit__(self, *_):
        self._session.close()
        super().__exit__()
