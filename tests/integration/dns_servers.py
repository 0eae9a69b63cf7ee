"""Real DNS servers on loopback whose records a test changes, stops and kills."""

import contextlib
import socket
import threading

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.update

from ahoyhoy.lb.providers import DnsProvider, SrvProvider
from integration.server_process import ServerProcess

ZONE = "svc.test"
NAME = f"web.{ZONE}"
SRV = f"_http._tcp.{ZONE}"

KNOT = """\
server:
  rundir: {dir}
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: {dir}/knot.sock
database:
  storage: {dir}
acl:
  - id: local
    address: 127.0.0.1
    action: [update]
template:
  - id: default
    storage: {dir}
    zonefile-sync: -1
zone:
  - domain: {zone}
    file: zone.db
    acl: local
"""
EMPTY_ZONE = """\
$TTL 1
@ SOA ns admin 1 60 30 600 0
@ NS ns
ns A 127.0.0.1
"""


class DnsServer(ServerProcess):
    """A server of the zone `svc.test`."""

    def answers(self):
        query = dns.message.make_query(f"ns.{ZONE}", "A")
        return dns.query.udp(query, "127.0.0.1", port=self.port, timeout=0.1)


class Knot(DnsServer):
    """Knot, authoritative for `svc.test`; records change by dynamic update (RFC 2136)."""

    def command(self):
        return ["knotd", "-c", str(self.dir / "knot.conf")]

    def start(self):
        conf = KNOT.format(dir=self.dir, port=self.port, zone=ZONE)
        (self.dir / "knot.conf").write_text(conf)
        (self.dir / "zone.db").write_text(EMPTY_ZONE)
        super().start()

    def set(self, name, kind, *values, ttl=0):
        """Replace all records of this name and type."""
        update = dns.update.Update(ZONE)
        update.delete(name, kind)
        for value in values:
            update.add(name, ttl, kind, value)
        self._send(update)

    def delete(self, name):
        update = dns.update.Update(ZONE)
        update.delete(name)
        self._send(update)

    def _send(self, update):
        answer = dns.query.tcp(update, "127.0.0.1", port=self.port, timeout=10)
        assert answer.rcode() == dns.rcode.NOERROR, answer.to_text()


class Dnsmasq(DnsServer):
    """dnsmasq: addresses from files of a directory it watches, other records from options."""

    def __init__(self, *options):
        super().__init__()
        self._options = options
        (self.dir / "hosts.d").mkdir()
        self.hosts("ns", f"127.0.0.1 ns.{ZONE}")

    def command(self):
        fixed = f"""-k -C /dev/null --no-hosts --no-resolv --user=root --bind-interfaces
            --listen-address=127.0.0.1 --port={self.port} --pid-file={self.dir}/pid
            --local=/{ZONE}/ --local-ttl=1 --hostsdir={self.dir}/hosts.d"""
        return ["dnsmasq", *fixed.split(), *self._options]

    def hosts(self, file, *lines):
        # Complete before it is seen: the directory is watched.
        hidden = self.dir / "new"
        hidden.write_text("".join(f"{line}\n" for line in lines))
        hidden.rename(self.dir / "hosts.d" / file)


class Counter:
    """A UDP forwarder in front of a DNS server: counts the queries by type, and may swallow some."""

    def __init__(self, server):
        self._server = ("127.0.0.1", server.port)
        self._front = socket.socket(type=socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.address = f"127.0.0.1:{self._front.getsockname()[1]}"
        self.queries = []
        self.swallowed = set()

    def _serve(self):
        while True:
            data, client = self._front.recvfrom(65535)
            if not data:
                return
            question = dns.message.from_wire(data).question[0]
            kind = dns.rdatatype.to_text(question.rdtype)
            self.queries.append(kind)
            if kind in self.swallowed:
                continue
            with socket.socket(type=socket.SOCK_DGRAM) as back:
                back.settimeout(5)
                back.sendto(data, self._server)
                with contextlib.suppress(TimeoutError, ConnectionError):
                    self._front.sendto(back.recv(65535), client)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(type=socket.SOCK_DGRAM) as end:
            end.sendto(b"", self._front.getsockname())
        self._thread.join()
        self._front.close()


def provider(server, name=NAME, **options):
    """Looks every 0.1 s, gives up after 1 s."""
    options = {"min_ttl": 0.1, "timeout": 1.0, **options}
    if name.startswith("_"):
        return SrvProvider(name, resolver=server.address, **options)
    return DnsProvider(name, 8080, resolver=server.address, **options)


def addresses(source):
    return [instance.host.address for instance in source.get_list()]
