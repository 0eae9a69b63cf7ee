"""One host looked at: is its name known, is its certificate the right one, does it answer?"""

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

from ..http.fitted import Names
from ..utils import Instance
from ..utils.instance import netloc
from . import sentences
from .ping import NotHttpError, ping

#: Days before its end that a certificate is something to act on.
_SOON = 14

_BAD_REQUEST = 400


@dataclass
class Examined:
    """What was found out about a host.

    Attributes:
        host: its address and port, as in a URL.
        steps: what succeeded, one after the other.
        wrong: what is wrong, in sentences that follow its name.
        connected: whether it could be reached at all.
        usable: whether a request was answered.
    """

    host: str
    steps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    connected: bool = False
    usable: bool = False


@dataclass(frozen=True)
class Examination:
    """Looks at hosts as a request would, and sends a ping that changes nothing.

    Args:
        timeout: seconds to connect, again for TLS, and again for the answer.
        authorities: the file or folder that certificates are verified with.
        clock: seconds that never go back.
        today: the time of day, in UTC.

    Threading: may be shared by threads.
    """

    timeout: float
    authorities: str
    clock: Callable[[], float]
    today: Callable[[], datetime] = lambda: datetime.now(timezone.utc)

    def of(self, instance: Instance, names: Names) -> Examined:
        """What is found out about a host.

        Args:
            instance: the host.
            names: by which scheme and names a request would speak to it.
        """
        found = Examined(netloc(instance.host))
        address = instance.host.address.strip("[]")
        began = self.clock()
        try:
            connection = self._connected(instance)
        except OSError as error:
            found.wrong.append(sentences.unreached(error, address, self.timeout))
            return found
        found.connected = True
        with closing(connection):
            there = connection.getpeername()[0]
            to = "" if there == address else f" to {there}"
            found.steps.append(f"connected{to} in {self._since(began)}")
            if names.scheme == "https":
                self._speak_tls(connection, instance, names, found)
            else:
                self._speak_clear(connection, instance, names, found)
        return found

    def _connected(self, instance: Instance) -> socket.socket:
        host = instance.host
        return socket.create_connection((host.address.strip("[]"), int(host.port)), self.timeout)

    def _since(self, began: float) -> str:
        return f"{(self.clock() - began) * 1000:.1f} ms"

    def _speak_clear(
        self, connection: socket.socket, instance: Instance, names: Names, found: Examined
    ) -> None:
        try:
            status = self._ping(connection, names, found)
        except NotHttpError as error:
            tls = error.tls or self._speaks_tls(instance)
            found.wrong.append(sentences.TLS_NOT_CLEAR if tls else str(error))
        except OSError as error:
            tls = not isinstance(error, TimeoutError) and self._speaks_tls(instance)
            told = sentences.unanswered(error, self.timeout)
            found.wrong.append(sentences.TLS_NOT_CLEAR if tls else told)
        else:
            # What some TLS servers answer clear text with, in clear text.
            if status == _BAD_REQUEST and self._speaks_tls(instance):
                found.usable = False
                found.wrong.append(sentences.TLS_NOT_CLEAR)

    def _speak_tls(
        self, connection: socket.socket, instance: Instance, names: Names, found: Examined
    ) -> None:
        server = names.server or instance.host.address.strip("[]")
        try:
            secured = context_of(self.authorities).wrap_socket(connection, server_hostname=server)
        except ssl.SSLCertVerificationError as error:
            told = sentences.refused(error, server, self.authorities)
            found.wrong.append(told + self._others(instance))
            return
        except OSError as error:
            clear = self._speaks_clear(instance, names)
            found.wrong.append(sentences.CLEAR_NOT_TLS if clear else sentences.no_tls(error))
            return
        with secured:
            found.steps.append(f"{secured.version()} as {server}")
            self._check_end(secured.getpeercert() or {}, found)
            try:
                self._ping(secured, names, found)
            except NotHttpError as error:
                found.wrong.append(str(error))
            except OSError as error:
                found.wrong.append(sentences.unanswered(error, self.timeout, tls=True))

    def _ping(self, connection: socket.socket, names: Names, found: Examined) -> int:
        began = self.clock()
        status = ping(connection, names.host or found.host)
        found.steps.append(f"answered in {self._since(began)}")
        found.usable = True
        return status

    def _check_end(self, certificate: Any, found: Examined) -> None:
        end = datetime.fromtimestamp(
            ssl.cert_time_to_seconds(certificate["notAfter"]), timezone.utc
        )
        days = (end - self.today()).days
        found.steps.append(f"certificate until {end:%Y-%m-%d}")
        if days < _SOON:
            found.wrong.append(
                f"its certificate expires in {days} days, on {end:%Y-%m-%d}: renew it."
            )

    def _others(self, instance: Instance) -> str:
        """Whom a certificate for somebody else is for, if its authority is trusted."""
        context = context_of(self.authorities)
        context.check_hostname = False
        try:
            with self._connected(instance) as plain, context.wrap_socket(plain) as secured:
                certificate: Any = secured.getpeercert()
        except OSError:
            return ""
        listed = ", ".join(name for _, name in certificate.get("subjectAltName", ())) or "nobody"
        return (
            f" It is for {listed}: name the service so (name=), or with server_name='endpoint' the"
            " host, or renew the certificate."
        )

    def _speaks_tls(self, instance: Instance) -> bool:
        """Whether TLS is spoken there at all, with whatever certificate."""
        context = create_urllib3_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with self._connected(instance) as plain, context.wrap_socket(plain):
                return True
        except ssl.SSLError as error:
            return "ALERT" in (error.reason or "")  # wants a client's certificate, for example
        except OSError:
            return False

    def _speaks_clear(self, instance: Instance, names: Names) -> bool:
        """Whether HTTP is spoken there without TLS."""
        try:
            with self._connected(instance) as plain:
                return ping(plain, names.host or netloc(instance.host)) != _BAD_REQUEST
        except (NotHttpError, OSError):
            return False


def context_of(authorities: str) -> ssl.SSLContext:
    """As requests verifies certificates.

    Args:
        authorities: the file or folder with those that are trusted.

    Raises:
        OSError: it cannot be read; ssl.SSLError (an OSError) when there is no certificate in it.
    """
    context: ssl.SSLContext = create_urllib3_context()
    context.check_hostname, context.verify_mode = True, ssl.CERT_REQUIRED
    folder = Path(authorities).is_dir()
    context.load_verify_locations(**{"capath" if folder else "cafile": authorities})
    return context
