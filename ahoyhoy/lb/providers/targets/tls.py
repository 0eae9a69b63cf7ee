"""TLS to a registry, as its URL says it: `?tls=1&ca=/etc/ca.pem&cert=/etc/own.pem`, or `&verify=0`."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from .query import Known, NotThereError, file, flag


def _authority(name: str, value: str) -> str:
    """A file or folder to verify certificates with."""
    if not Path(file(name, value)).is_dir():
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
        except OSError as error:  # ssl's own are some, too
            raise _unusable(name, value, "an authority's certificate", error) from None
    return value


def _certificate(name: str, value: str) -> str:
    """A file with the certificate to show."""
    try:
        # Without one, the password of an encrypted key would be asked for on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(file(name, value), password="")
    except OSError as error:
        wanted = "a certificate and its key, not encrypted"
        raise _unusable(name, value, wanted, error) from None
    return value


def _unusable(name: str, value: str, wanted: str, error: OSError) -> NotThereError:
    why = f"is no PEM file with {wanted}" if isinstance(error, ssl.SSLError) else error.strerror
    return NotThereError(f"{name}={value} in the query: {why}")


#: How the registry's certificate is verified, and which is shown to it.
VERIFIED: Known = {
    "verify": ("verify", flag),
    "ca": ("ca", _authority),
    "cert": ("cert", _certificate),
}
#: The same, and whether TLS is spoken at all, where the scheme or address does not say that.
TLS: Known = {"tls": ("tls", flag), **VERIFIED}


def settle(options: dict[str, Any], known: Known, *, tls: bool) -> None:
    """Make what a query says of TLS the arguments `tls`, `verify` and `cert`, in place.

    Args:
        options: what was read of the query.
        known: what might have stood there.
        tls: whether the scheme says so already, as `rediss://` does.

    Raises:
        ValueError: for what contradicts or misses something else; names the part.
    """
    if tls and not options.setdefault("tls", True):
        raise ValueError("tls=0 in the query contradicts the scheme")
    if "ca" in options and "verify" in options:
        raise ValueError("in the query, ca= says how to verify and verify= whether: give one")
    given = [name for name in VERIFIED if name in options]
    if given and "tls" in known and not options.get("tls"):
        raise ValueError(f"{given[0]}= in the query goes with tls=1")
    if given and "address" in known and not options.get("address", "").startswith("https://"):
        raise ValueError(f"{given[0]}= in the query goes with address=https://…")
    if "ca" in options:
        options["verify"] = options.pop("ca")
