"""The network that the examples of README and docs speak of: its hosts, served on loopback.

Readers see plausible names (`10.0.0.1:8080`, `users.internal`); here each of them is one of a few
real servers. What leads there is `socket.getaddrinfo`, through which every connection goes, and
for what asks DNS itself, names that end in `.internal` or `.example` have two addresses or two SRV
records, and those with a number, such as `users1.internal`, one address.
"""

import ipaddress
import os
import re
import socket
from contextlib import contextmanager
from unittest import mock

import dns.message
import dns.nameserver
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from ahoyhoy.testing.cluster import Cluster

DEAD = {"10.0.0.9", "dead.internal"}  # for examples of what happens when a host is down
_NAMES = (".internal", ".example")
_LOOPBACK = ("127.0.0.1", "::1", "localhost", None)
_EXAMPLE_PORTS = range(8000, 8100)  # on loopback; other ports there are what they are
_RECORDS = {
    dns.rdatatype.A: ["10.0.0.1", "10.0.0.2"],
    dns.rdatatype.SRV: ["0 3 8080 users1.internal.", "0 1 8080 users2.internal."],
}
_NOBODY = 1  # tcpmux: nobody listens there


class DocWorld:
    """Stands in for the documented hosts while it is entered.

    Args:
        cluster: the servers; documented hosts are dealt out to them in order of appearance.

    Attributes:
        ports: documented ports of servers beside these, and where on loopback they really listen.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.ports: dict[int, int] = {}
        self._dealt: dict[tuple[str, int], int] = {}
        self._getaddrinfo = socket.getaddrinfo

    @contextmanager
    def entered(self):
        """Until the end of `with`, documented names lead to the servers and others nowhere."""
        for node in self._cluster:
            node.set()
        # The machine's own proxy would be asked for them.
        environment = {"NO_PROXY": "*", "no_proxy": "*"}
        with (
            mock.patch("socket.getaddrinfo", self._resolve),
            mock.patch.object(dns.nameserver.Do53Nameserver, "query", _answer),
            mock.patch.object(dns.resolver.Resolver, "read_resolv_conf", _use_one_server),
            mock.patch.dict(os.environ, environment),
        ):
            yield self

    def _resolve(self, host, port, *args, **kwargs):
        if isinstance(host, bytes):
            host = host.decode()
        if host in DEAD:
            return self._getaddrinfo("127.0.0.1", _NOBODY, *args, **kwargs)
        if port in self.ports:
            host, port = "127.0.0.1", self.ports[port]
        elif is_documented(host, port):
            host, port = self._server(host, int(port))
        elif host not in _LOOPBACK:
            raise socket.gaierror(
                socket.EAI_NONAME,
                f"{host} is no host that examples may use: see tests/doc_world.py",
            )
        return self._getaddrinfo(host, port, *args, **kwargs)

    def _server(self, host, port):
        index = self._dealt.setdefault((host, port), len(self._dealt) % len(self._cluster))
        return self._cluster.hosts[index]


def is_documented(host, port):
    """Whether this is a host of the examples and not one of this machine."""
    if host in _LOOPBACK:
        return port is not None and int(port) in _EXAMPLE_PORTS
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host).endswith(_NAMES)
    return address.is_private and not address.is_loopback


def _use_one_server(resolver, _file):
    resolver.nameservers = ["127.0.0.1"]  # Never asked: _answer() is.


def _answer(_nameserver, request, *_, **__):
    response = dns.message.make_response(request)
    question = request.question[0]
    if not question.name.to_text(omit_final_dot=True).endswith(_NAMES):
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype in _RECORDS:
        records = _RECORDS[question.rdtype]
        numbered = re.match(r"\D+(\d)\.", question.name.to_text())  # one host, not a service
        if numbered and question.rdtype == dns.rdatatype.A:
            records = [f"10.0.0.{numbered[1]}"]
        response.answer.append(
            dns.rrset.from_text(question.name, 30, "IN", question.rdtype, *records)
        )
    return dns.message.from_wire(response.to_wire())  # As a network would bring it.
