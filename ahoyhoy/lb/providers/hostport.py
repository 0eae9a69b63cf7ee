"""Reading `host:port` as people write it."""

from __future__ import annotations


def split_host_port(text: str) -> tuple[str, str | None]:
    """The address (IPv6 without its brackets) and the port, None where there is none.

    Raises:
        ValueError: for IPv6 without brackets, an empty address, or a port that is no number.
    """
    if text.startswith("["):
        address, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or ":" not in address:
            raise ValueError(f"{text!r} is not an IPv6 address and port such as '[::1]:8080'")
        colon, port = rest[:1], rest[1:]
    else:
        address, colon, port = text.partition(":")
        if ":" in port:
            raise ValueError(f"{text!r}: IPv6 goes into brackets, as in '[::1]:8080'")
    if not address:
        raise ValueError(f"{text!r} has no address: it is written 'host:port'")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
        raise ValueError(f"{text!r}: the port is a number from 1 to 65535, not {port!r}")
    return address, port or None


def required_host_port(text: str) -> tuple[str, int]:
    """The address and the port, when both are there; ValueError otherwise."""
    address, port = split_host_port(text)
    if port is None:
        raise ValueError(f"{text!r} has no port: it is written 'host:port'")
    return address, int(port)
