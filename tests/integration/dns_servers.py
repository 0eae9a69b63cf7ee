"""Real DNS servers on loopback whose records a test changes, stops and kills."""

import abc
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.update

from ahoyhoy.lb.providers import DnsProvider, SrvProvider

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


def free_port():
    """A port of 127.0.0.1 that neither UDP nor TCP uses now."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port


def pause(seconds):
    """Let real time pass."""
    threading.Event().wait(seconds)


def until(condition, *, within=20.0):
    """Wait for a condition and return its value; an AssertionError if it never becomes true."""
    end = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {within} s"
        pause(0.02)
    return value


class DnsServer(abc.ABC):
    """A server process: started on entry, killed on exit whatever state it is in."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="ahoyhoy-dns-"))
        self.dir.chmod(0o755)
        self.port = free_port()
        self._process = None

    @abc.abstractmethod
    def command(self):
        """The program and its arguments."""

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        # Should the tests be killed, the server goes too.
        guard = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        with (self.dir / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*guard, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self._answers)

    def _answers(self):
        assert self._process.poll() is None, (self.dir / "log").read_text()
        query = dns.message.make_query(f"ns.{ZONE}", "A")
        with contextlib.suppress(OSError, dns.exception.DNSException):
            return dns.query.udp(query, "127.0.0.1", port=self.port, timeout=0.1)

    def signal(self, number):
        os.kill(self._process.pid, number)

    def stop_answering(self):
        """SIGSTOP: its port stays open, and nothing comes back."""
        self.signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # its threads stop one after the other

    def answer_again(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """SIGKILL, which ends a stopped process as well."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.dir)


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
