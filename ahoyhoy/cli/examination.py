"""One host looked at: is its name known, does it answer, is its certificate the right one?"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from urllib3.util.ssl_ import create_urllib3_context

from ..utils import Instance
from ..utils.instance import netloc

#: Days before its end that a certificate is something to act on.
_SOON = 14

# OpenSSL's numbers for what is wrong with a certificate.
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
_UNKNOWN = (18, 19, 20, 21)


@dataclass
class Examined:
    """What was found out about a host.

    Attributes:
        host: its address and port, as in a URL.
        steps: what succeeded, one after the other.
        wrong: what is wrong, in sentences.
        connected: whether it could be reached at all.
        usable: whether a request could be sent to it.
    """

    host: str
    steps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    connected: bool = False
    usable: bool = False


@dataclass(frozen=True)
class Examination:
    """Looks at hosts as a request would, and sends none.

    Args:
        timeout: seconds to connect, and again for TLS.
        authorities: the file or folder that certificates are verified with.
        clock: seconds that never go back.
        today: the time of day, in UTC.

    Threading: may be shared by threads.
    """

    timeout: float
    authorities: str
    clock: Callable[[], float]
    today: Callable[[], datetime] = lambda: datetime.now(timezone.utc)

    def of(self, instance: Instance, *, tls: bool, server: str | None) -> Examined:
        """What is found out about a host.

        Args:
            instance: the host.
            tls: whether it is spoken to over https.
            server: whom its certificate must be for; None: its own address.
        """
        found = Examined(netloc(instance.host))
        address, port = instance.host.address.strip("[]"), int(instance.host.port)
        began = self.clock()
        try:
            connection = socket.create_connection((address, port), self.timeout)
        except OSError as error:
            found.wrong.append(f"{found.host} {_unreached(error, address, self.timeout)}")
            return found
        with closing(connection):
            found.connected = True
            there = connection.getpeername()[0]
            to = "" if there == address else f" to {there}"
            found.steps.append(f"connected{to} in {(self.clock() - began) * 1000:.1f} ms")
            if not tls:
                found.usable = True
                return found
            self._speak_tls(connection, server or address, found)
        if not found.usable:
            self._name_others(address, port, found)
        return found

    def _speak_tls(self, connection: socket.socket, server: str, found: Examined) -> None:
        try:
            with self._context().wrap_socket(connection, server_hostname=server) as secured:
                found.usable = True
                version, certificate = secured.version(), secured.getpeercert() or {}
        except ssl.SSLCertVerificationError as error:
            found.wrong.append(f"{found.host}: {_refused(error, server, self.authorities)}")
        except ssl.SSLError as error:
            found.wrong.append(f"{found.host} {_no_tls(error)}")
        except OSError as error:
            why = "is silent" if isinstance(error, TimeoutError) else f"hangs up ({error.strerror})"
            found.wrong.append(f"{found.host} is to be spoken to over TLS, and {why} there.")
        else:
            found.steps.append(f"{version} as {server}")
            self._check_end(certificate, found)

    def _check_end(self, certificate: Any, found: Examined) -> None:
        end = datetime.fromtimestamp(
            ssl.cert_time_to_seconds(certificate["notAfter"]), timezone.utc
        )
        days = (end - self.today()).days
        found.steps.append(f"certificate until {end:%Y-%m-%d}")
        if days < _SOON:
            found.wrong.append(
                f"{found.host}: its certificate expires in {days} days, on {end:%Y-%m-%d}: renew it."
            )

    def _name_others(self, address: str, port: int, found: Examined) -> None:
        """Whom a certificate for somebody else is for, if its authority is trusted."""
        context = self._context()
        context.check_hostname = False
        try:
            with (
                socket.create_connection((address, port), self.timeout) as connection,
                context.wrap_socket(connection) as secured,
            ):
                certificate: Any = secured.getpeercert()
        except OSError:
            return
        listed = ", ".join(name for _, name in certificate.get("subjectAltName", ())) or "nobody"
        found.wrong[-1] += f" It is for {listed}."

    def _context(self) -> ssl.SSLContext:
        # The one that requests goes by.
        context: ssl.SSLContext = create_urllib3_context()
        context.check_hostname, context.verify_mode = True, ssl.CERT_REQUIRED
        folder = Path(self.authorities).is_dir()
        context.load_verify_locations(**{"capath" if folder else "cafile": self.authorities})
        return context


def _unreached(error: OSError, address: str, timeout: float) -> str:
    if isinstance(error, socket.gaierror):
        return f"cannot be reached: the name {address} is not known ({error.strerror})."
    if isinstance(error, ConnectionRefusedError):
        return "refuses connections: nothing listens on that port, or a firewall rejects them."
    if isinstance(error, TimeoutError):
        return (
            f"does not answer within {timeout:g} s: the machine is down, or a firewall drops what"
            " is sent there."
        )
    return f"cannot be reached: {error.strerror or error}."


def _refused(error: ssl.SSLCertVerificationError, server: str, authorities: str) -> str:
    code = error.verify_code
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"its certificate is not for {server}."
    if code == _EXPIRED:
        return "its certificate has expired: renew it."
    if code == _NOT_YET:
        return "its certificate is not valid yet: is the clock of this machine right?"
    if code in _UNKNOWN:
        return (
            f"its certificate is from an authority that is not in {authorities}: name a file with"
            " that authority in REQUESTS_CA_BUNDLE, or in session.verify."
        )
    return f"its certificate is refused: {error.verify_message}."


def _no_tls(error: ssl.SSLError) -> str:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "does not speak TLS, and its target says https: is it http, or another port?"
    return f"refuses TLS: {reason}. Does it want a client certificate (session.cert)?"
