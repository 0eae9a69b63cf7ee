"""Why a balancer has no host for a call, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..exceptions import HostsBusyError, LbNoEndpointsException
from ..utils.instance import netloc
from .limits import Limits
from .node import Node

#: How many hosts are named.
_NAMED = 10


def no_host(nodes: Sequence[Node]) -> LbNoEndpointsException:
    """The error of a balancer none of whose hosts may be used.

    Raises:
        InvalidHostError: when every host is malformed.
    """
    if not nodes:
        return LbNoEndpointsException("no hosts: the provider's list is empty")
    flaws = [node.flaw for node in nodes if node.flaw is not None]
    if len(flaws) == len(nodes):
        raise flaws[0]
    why = "; ".join([words for node in nodes if (words := _why_not(node))][:_NAMED])
    return LbNoEndpointsException(f"no host left among {len(nodes)}" + (f": {why}" if why else ""))


def hosts_busy(nodes: Sequence[Node], limits: Limits, since: int) -> HostsBusyError:
    """The error of a balancer whose hosts have as many requests in flight as they may.

    Args:
        nodes: the hosts.
        limits: what they may have.
        since: how many requests had ended when they were looked at.
    """
    count = sum(node.in_flight for node in nodes)
    if limits.total is not None and count >= limits.total:
        text = f"{count} requests are in flight, the limit (total={limits.total})"
    else:
        loads = ", ".join(f"{netloc(node.key)} {node.in_flight}" for node in nodes[:_NAMED])
        text = f"no host has room for another request; in flight: {loads}"
    error = HostsBusyError(text)
    error.since = since
    return error


def _why_not(node: Node) -> str | None:
    if node.flaw:
        return f"{node.key!r} is malformed"
    where = netloc(node.key)
    if not node.is_closed():
        stats = node.stats()
        left = "" if stats.retry_in is None else f" ({stats.retry_in:.1f} s left)"
        return f"{where} circuit {stats.circuit}{left}"
    if node.sickness is not None:
        return f"{where} {node.sickness}"
    now = node.ledger.clock()
    if node.held_until is not None and now < node.held_until:
        return f"{where} asked to be left alone for {node.held_until - now:.1f} s more"
    return None
