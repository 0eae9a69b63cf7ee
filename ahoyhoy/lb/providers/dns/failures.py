"""Why DNS gave no hosts, in a sentence: who was asked, for what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable

import dns.exception
import dns.nameserver
import dns.resolver

from ....exceptions import ProviderError
from ....utils.host import Host
from ....utils.instance import netloc

#: What servers say instead of an answer, for those that most do.
_SAID = {
    "REFUSED": "refuses to answer (REFUSED: it does not serve that name, or not this machine)",
    "SERVFAIL": "failed (SERVFAIL: whom it asks in turn may be down)",
}


class NoSuchNameError(ProviderError):
    """DNS says that there is no such name."""


def failure(
    error: dns.exception.DNSException,
    name: str,
    kind: str,
    *,
    servers: str,
    seconds: float,
) -> ProviderError:
    """What a query that failed is to be told as. Its cause is the error itself.

    Args:
        error: what dnspython raised.
        name: the name that was asked for.
        kind: the type of the records.
        servers: who may have been asked: see `servers_of`.
        seconds: how long an answer was waited for.
    """
    if isinstance(error, dns.resolver.NXDOMAIN):
        tried = [_shown(str(it)) for it in error.kwargs.get("qnames", ())]
        missing = (
            f"none of {', '.join(tried)} exists" if tried[1:] else f"{_shown(name)} does not exist"
        )
        # `localhost`, for one, is there and not in DNS.
        text = f"{missing} (asked {servers} for {kind} records): is it spelled right,"
        text += " and in DNS rather than in /etc/hosts?"
        failed: ProviderError = NoSuchNameError(text)
    else:
        why = _why(error, servers, seconds)
        failed = ProviderError(f"{why}, asked for the {kind} records of {_shown(name)}")
    failed.__cause__ = error
    return failed


def nothing(name: str, kinds: Iterable[str], *, servers: str) -> str:
    """What an answer without records is to be told as."""
    return f"{_shown(name)} exists, but has no {' or '.join(kinds)} records (asked {servers})"


def servers_of(resolver: dns.resolver.Resolver) -> str:
    """Who is asked: addresses and ports."""
    return ", ".join(_address(it, resolver) for it in resolver.nameservers) or "no server"


def _address(server: str | dns.nameserver.Nameserver, resolver: dns.resolver.Resolver) -> str:
    if isinstance(server, dns.nameserver.Nameserver):
        return _named(str(server))
    if server.startswith("https://"):
        return server
    return netloc(Host(server, resolver.nameserver_ports.get(server, resolver.port)))


def _why(error: dns.exception.DNSException, servers: str, seconds: float) -> str:
    # By server: what it said last.
    said = {_named(it[0]): _said(it[3], seconds) for it in error.kwargs.get("errors", ())}
    if said:
        return "; ".join(f"{server} {what}" for server, what in said.items())
    if isinstance(error, dns.exception.Timeout):
        return f"{servers} {_said(error, seconds)}"
    return f"{servers} gave no answer ({type(error).__name__}: {error})"


def _said(answer: object, seconds: float) -> str:
    if isinstance(answer, dns.exception.Timeout):
        return f"did not answer within {seconds:.3g} s"
    if isinstance(answer, OSError):
        return f"cannot be reached ({answer.strerror or answer})"
    if isinstance(answer, Exception):
        return f"answered what is no answer ({type(answer).__name__}: {answer})"
    return _SAID.get(str(answer), f"answered {answer}")


def _named(server: str) -> str:
    """The address and port of a server that dnspython calls `Do53:10.0.0.2@53`."""
    kind, _, place = server.partition(":")
    address, _, port = place.rpartition("@")
    return netloc(Host(address, port)) if kind == "Do53" else server


def _shown(name: str) -> str:
    return name.rstrip(".") or "."
