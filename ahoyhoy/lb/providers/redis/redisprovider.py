"""Hosts from Redis."""

from __future__ import annotations

import random
import time

from ...._core import Clock
from ..cached import seconds
from ..optional import optional
from ..watching.registryhttp import Certificate, Verify, existing
from ..watching.watchedprovider import WatchedProvider
from .source import RedisSource

_SCHEMES = ("redis://", "rediss://", "unix://")


class RedisProvider(WatchedProvider):
    """The hosts whose records are kept in one key of Redis.

    The key is a hash (a record in each field), a set, a sorted set or a list (a record in each
    member), or a string (a JSON list of records, or several between commas). Records are read in
    the shapes that people write them in (`host:port`, JSON with `address` and `port`, and others:
    see "Take hosts from a registry"); one that cannot be read is left out, with a warning that
    names it.

    The key is read again on an interval; and at once where Redis tells of changes, which it does
    with `notify-keyspace-events KA`, or when somebody publishes anything to the channel that is
    called as the key. Needs redis: `pip install "ahoyhoy[redis]"`.

    Args:
        key: the key, such as `"services:users"`.
        url: where Redis is: `"redis://[user:password@]host:port/0"`, `rediss://` with TLS, or
            `unix://`. Default `"redis://127.0.0.1:6379/0"`.
        interval: seconds from one reading to the next. Default 5.
        verify: False for no verification of the server's certificate, or a PEM file to verify it
            with. Default True: by the usual authorities.
        cert: the certificate to show to the server: a PEM file, or `(certificate, key)`.
        timeout: seconds for the first `get_list`, to wait for an answer, and, by equal shares of
            it, to connect to each address. Default 10.
        empty_grace, clock, rng: see `WatchedProvider`.

    Raises:
        ImportError: redis is not installed.
        ValueError: for an argument that cannot be.
        ProviderError: from the first `get_list`: Redis cannot be reached; the password or the
            certificate is refused; there is no such key, or nothing in it that can be read.
    """

    def __init__(
        self,
        key: str,
        *,
        url: str = "redis://127.0.0.1:6379/0",
        interval: float = 5.0,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(key, str) or not key:
            raise ValueError(f"key is that of the hosts, as 'services:users', not {key!r}")
        if not isinstance(url, str) or not url.startswith(_SCHEMES):
            # Not repeated: it may hold a password.
            raise ValueError("url begins with redis://, rediss:// (TLS) or unix://")
        _check_url(url)
        tls = _tls(verify, cert) if url.startswith("rediss://") else {}
        source = RedisSource(
            key,
            url,
            interval=seconds("interval", interval),
            timeout=seconds("timeout", timeout),
            tls=tls,
        )
        options = {"timeout": timeout, "empty_grace": empty_grace}
        super().__init__(source, clock=clock, rng=rng, **options)


def _check_url(url: str) -> None:
    try:
        said = optional("redis", "redis").connection.parse_url(url)
    except ValueError:
        # Neither repeated nor quoted: what is taken for a port may be a password.
        raise ValueError(
            "url is written redis://user:password@host:port/0, with %2F for a / in a password, %23"
            " for a # and %3F for a ?"
        ) from None
    if said.get("decode_responses"):
        raise ValueError("decode_responses in the url: leave it out, records are read as bytes")


def _tls(verify: Verify, cert: Certificate) -> dict[str, object]:
    options: dict[str, object] = {
        "ssl_cert_reqs": "none" if verify is False else "required",
        "ssl_check_hostname": verify is not False,
    }
    if not isinstance(verify, bool):
        options["ssl_ca_certs"] = existing("verify", verify)
    if cert is not None:
        certificate, key = (cert, cert) if isinstance(cert, str) else cert
        options["ssl_certfile"] = existing("cert", certificate)
        options["ssl_keyfile"] = existing("cert", key)
    return options
