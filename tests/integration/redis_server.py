"""A real Redis whose keys a test changes."""

import json

import redis

from ahoyhoy.lb.providers.redis.redisprovider import RedisProvider
from integration.registries import Registry, program


class Redis(Registry):
    """What it holds is lost with it.

    Args:
        password: whom it wants to know from everybody.
        certificate: a PEM file with certificate and key: it speaks TLS alone.
        settings: more of its own.
    """

    LONG = {"interval": 2.0}
    OWN = {"interval": 5.0, "timeout": 10.0}

    def __init__(self, *, password=None, certificate=None, ca_file=None, settings=()):
        program("redis-server")
        super().__init__()
        self._settings = list(settings)
        self._scheme = "rediss" if certificate else "redis"
        self._listen = ["--port", str(self.port)]
        if certificate:
            self._listen = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            self._listen += ["--tls-cert-file", certificate, "--tls-key-file", certificate]
            self._listen += ["--tls-ca-cert-file", ca_file]
        if password:
            self._settings += ["--requirepass", password]
        options = {"ssl_ca_certs": ca_file} if certificate else {}
        self.client = redis.Redis.from_url(self.url, password=password, **options)

    @property
    def url(self):
        return f"{self._scheme}://{self.address}/0"

    def command(self):
        fixed = f"--bind 127.0.0.1 --dir {self.dir} --appendonly no --daemonize no"
        return ["redis-server", *self._listen, *fixed.split(), "--save", "", *self._settings]

    def answers(self):
        try:
            return self.client.ping()
        except redis.RedisError as error:
            raise OSError from error

    def register(self, port, service="users", address="127.0.0.1", **settings):
        record = json.dumps({"address": address, "port": port, **settings})
        self.client.hset(f"services:{service}", str(port), record)

    def deregister(self, port, service="users"):
        self.client.hdel(f"services:{service}", str(port))

    def watched(self, service="users", **options):
        """A provider that reads several times a second."""
        given = {"url": self.url, "interval": 0.3, "timeout": 1.0, **options}
        return RedisProvider(f"services:{service}", **given)

    def __exit__(self, *_):
        self.client.close()
        super().__exit__()
