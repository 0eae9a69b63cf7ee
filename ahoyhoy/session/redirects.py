"""Where a service's answer sends the client next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ..exceptions import InvalidHostError
from ..lb.iloadbalancer import ILoadBalancer
from ..utils import Host, Instance
from ..utils.instance import as_instance, netloc
from .names import Origin, Place, place_of


class Next(NamedTuple):
    """Where to go next.

    Args:
        url: the Location, or what it means as a URL of the service.
        pin: the replica that it names; None: any.
    """

    url: str
    pin: Host | None = None


def next_of(location: str, place: Place, lb: ILoadBalancer, answered: Instance | None) -> Next:
    """What a Location in an answer of a service means.

    Args:
        location: as it came.
        place: the URL that was asked for.
        lb: the service's balancer.
        answered: the host that answered.
    """
    if location.startswith("/") and not location.startswith("//"):
        return Next(_beneath(location, answered))
    there = place_of(f"{place.origin.scheme}:{location}" if location[:2] == "//" else location)
    if there is None:
        return Next(location)
    if there.origin == place.origin:
        rest = _beneath(there.rest, answered)
        return Next(location if rest == there.rest else there._replace(rest=rest).url)
    for instance in _instances(lb):
        # What names TLS is not followed in clear text.
        clear = "https" not in (place.origin.scheme, instance.protocol)
        if _is_at(instance, there.origin) and not (clear and there.origin.scheme == "https"):
            # The scheme stays: how to speak to the replica, its instance says.
            logical = Place(place.origin, _beneath(there.rest, instance))
            return Next(logical.url, instance.host)
    return Next(location)


def _is_at(instance: Instance, origin: Origin) -> bool:
    for where in {netloc(instance.host), instance.netloc}:
        known = place_of(f"{origin.scheme}://{where}")
        if known is not None and known.origin == origin:
            return True
    return False


def _instances(lb: ILoadBalancer) -> Iterator[Instance]:
    """The hosts that a balancer knows; it is not asked for more."""
    for node in lb._members.nodes if lb._members is not None else ():
        with suppress(InvalidHostError):
            yield as_instance(node.item)


def _beneath(path: str, instance: Instance | None) -> str:
    """The path without the host's base path, which comes before each request's again."""
    base = "" if instance is None else instance.path
    if base and path.startswith(base) and path[len(base) : len(base) + 1] in ("", "/", "?", "#"):
        rest = path[len(base) :]
        return rest if rest.startswith("/") else f"/{rest}"
    return path
