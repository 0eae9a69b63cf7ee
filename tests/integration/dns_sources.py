"""Names in a real DNS server, and files, that are told of hosts as registries are."""

import contextlib
import http.server
import json
import shutil
import socket
import tempfile
import threading
from pathlib import Path

from ahoyhoy import Host
from ahoyhoy.lb.providers import DnsProvider, FileProvider, SrvProvider
from integration.dns_servers import ZONE, Knot
from integration.registries import Registry, program
from integration.server_process import free_port, pause


class Zone(Knot):
    """Hosts of a service are records of a name. They are lost with it."""

    OWN = {"min_ttl": 1.0, "timeout": 5.0}
    CALM = {"timeout": 5.0}
    QUICK = {"timeout": 1.0}

    def __init__(self):
        program("knotd")
        super().__init__()
        self._hosts = {}
        self.ttl = 0

    def start(self):
        self._hosts.clear()
        super().start()
        self.set("local", "A", "127.0.0.1")

    def announce(self, host, service, weight=1):
        self._hosts.setdefault(service, {})[host] = weight
        self._write(service, self._hosts[service])

    def withdraw(self, host, service):
        del self._hosts[service][host]
        self._write(service, self._hosts[service])


class SrvZone(Zone):
    """Each host is an SRV record."""

    fleet = Registry.fleet

    def _write(self, service, hosts):
        records = [f"0 {hosts[host]} {host.port} local.{ZONE}." for host in hosts]
        self.set(f"_{service}._tcp", "SRV", *records, ttl=self.ttl)
        self.set(f"_{service}._tcp", "TXT", "without hosts it is a name all the same")

    def watched(self, service, **options):
        given = {"min_ttl": 0.1, "timeout": 1.0, **options}
        return SrvProvider(f"_{service}._tcp.{ZONE}", resolver=self.address, **given)


class AddressZone(Zone):
    """Each host is an A or an AAAA record; all of them have one port."""

    def __init__(self):
        super().__init__()
        self.members = free_port()

    def fleet(self):
        return Neighbours(self.members)

    def _write(self, service, hosts):
        addresses = [host.address for host in hosts]
        self.set(service, "TXT", "without hosts it is a name all the same")
        self.set(service, "A", *[a for a in addresses if ":" not in a], ttl=self.ttl)
        self.set(service, "AAAA", *[a for a in addresses if ":" in a], ttl=self.ttl)

    def watched(self, service, **options):
        given = {"min_ttl": 0.1, "timeout": 1.0, **options}
        return DnsProvider(f"{service}.{ZONE}", self.members, resolver=self.address, **given)


class Neighbours:
    """HTTP servers on several addresses, and one port."""

    def __init__(self, port):
        addresses = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "::1")
        self.hosts = tuple(Host(address, port) for address in addresses)
        self._servers = [Neighbour(host) for host in self.hosts]

    def __getitem__(self, index):
        return self._servers[index]

    def __enter__(self):
        for server in self._servers:
            server.thread.start()
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.shutdown()
            server.thread.join()
            server.server_close()


class Neighbour(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host):
        self.address_family = socket.AF_INET6 if ":" in host.address else socket.AF_INET
        self.delay = self.count = 0
        super().__init__((host.address, host.port), _Answer)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    def set(self, *, delay):
        self.delay = delay


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        self.server.count += 1
        pause(self.server.delay)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class HostsFile:
    """A file for each service. Silent, it is half-written; dead, it is gone."""

    OWN = {"check_every": 1.0}
    CALM = {}
    QUICK = {}
    fleet = Registry.fleet

    def __init__(self):
        self._hosts = {}

    def _path(self, service):
        return self._dir / f"{service}.json"

    def _write(self, service, part=1.0):
        hosts = self._hosts[service].items()
        entries = [{"address": h.address, "port": h.port, "weight": w} for h, w in hosts]
        text = json.dumps(entries)
        self._path(service).write_text(text[: int(len(text) * part)])

    def announce(self, host, service, weight=1):
        self._hosts.setdefault(service, {})[host] = weight
        self._write(service)

    def withdraw(self, host, service):
        del self._hosts[service][host]
        self._write(service)

    def stop_answering(self):
        for service in self._hosts:
            self._write(service, 0.5)

    def answer_again(self):
        for service in self._hosts:
            self._write(service)

    def kill(self):
        for service in self._hosts:
            self._path(service).unlink()
        self._hosts.clear()

    def start(self):
        """It is there as soon as somebody writes it."""

    def watched(self, service, **options):
        return FileProvider(self._path(service), **{"check_every": 0.1, **options})

    def __enter__(self):
        self._dir = Path(tempfile.mkdtemp(prefix="ahoyhoy-hosts-"))
        return self

    def __exit__(self, *_):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._dir)
