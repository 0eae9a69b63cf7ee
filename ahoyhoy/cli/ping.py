"""One question that changes nothing, to hear whether HTTP is spoken at the other end.

`OPTIONS *` is HTTP's own ping: RFC 9110, 9.3.7. Any answer will do.
"""

from __future__ import annotations

import re
import socket

_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})")
_ENOUGH = len("HTTP/1.1 200")
#: A TLS record with an alert: what a TLS server thinks of clear text.
_ALERT = b"\x15\x03"


class NotHttpError(Exception):
    """What came back is no HTTP.

    Args:
        tls: whether it is TLS.
        text: what is wrong, behind the host's name.
    """

    def __init__(self, text: str, *, tls: bool = False) -> None:
        super().__init__(text)
        self.tls = tls


def ping(connection: socket.socket, host: str) -> int:
    """The status of the answer.

    Args:
        connection: with a timeout; over TLS or not.
        host: for the `Host` header.

    Raises:
        NotHttpError: something else came back, or nothing did and the connection was closed.
        OSError: of the connection; TimeoutError for silence, ssl.SSLError from TLS.

    Blocks until the beginning of the answer is there.
    """
    question = f"OPTIONS * HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ahoyhoy-doctor\r\n"
    connection.sendall(f"{question}Connection: close\r\n\r\n".encode("latin-1", "replace"))
    heard = b""
    while len(heard) < _ENOUGH and (part := connection.recv(4096)):
        heard += part
    status = _STATUS.match(heard)
    if status:
        return int(status[1])
    if heard:
        raise NotHttpError("answers, but not in HTTP/1.1.", tls=heard.startswith(_ALERT))
    raise NotHttpError("takes a request and hangs up without an answer.")
