"""What is wrong with a host, and what to do about it, in a sentence each.

The hosts of which it is true stand before it, with a colon.
"""

from __future__ import annotations

import socket
import ssl

CLEAR_NOT_TLS = (
    "speaks HTTP without TLS, and is to be spoken to over https: say http in the target"
    " (http://…, http+consul://…), or in the record of the host."
)
TLS_NOT_CLEAR = (
    "speaks TLS, and is to be spoken to over http: say https in the target"
    " (https://…, https+consul://…), or in the record of the host."
)

# OpenSSL's numbers for what is wrong with a certificate.
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
_SELF_SIGNED = 18
_UNKNOWN = (19, 20, 21)


def unreached(error: OSError, address: str, timeout: float) -> str:
    """Why there is no connection."""
    if isinstance(error, socket.gaierror):
        return (
            f"the name {address} is not known ({error.strerror}): is it spelled right, and is it"
            " in the DNS that this machine asks?"
        )
    if isinstance(error, ConnectionRefusedError):
        return (
            "connection refused: is the service running, and is this its port? Or does a firewall"
            " refuse?"
        )
    if isinstance(error, TimeoutError):
        return (
            f"no connection within {timeout:g} s: is the machine up, and does every firewall on"
            " the way let this one through?"
        )
    return f"cannot be reached: {error.strerror or error}."


def unanswered(error: OSError, timeout: float, *, tls: bool = False) -> str:
    """Why there is a connection, perhaps with TLS, and no answer to a request."""
    if isinstance(error, ssl.SSLError):
        return no_tls(error)
    if isinstance(error, TimeoutError):
        return (
            f"accepts connections and answers nothing within {timeout:g} s: the process hangs or"
            " has too much to do. Look at it, or restart it."
        )
    # In TLS 1.3 a server looks at its client's certificate when the handshake is over.
    asked = " Does it want a client certificate (session.cert)?" if tls else ""
    return f"takes a request and hangs up ({error.strerror or error}).{asked}"


def refused(error: ssl.SSLCertVerificationError, server: str, authorities: str) -> str:
    """Why a certificate is not taken."""
    code = error.verify_code
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"its certificate is not for {server}."
    if code == _EXPIRED:
        return "its certificate has expired: renew it."
    if code == _NOT_YET:
        return "its certificate is not valid yet: is the clock of this machine right?"
    named = "in REQUESTS_CA_BUNDLE, or in session.verify."
    if code == _SELF_SIGNED:
        return (
            f"its certificate is signed by itself, and not in {authorities}: name a file with it"
            f" {named}"
        )
    if code in _UNKNOWN:
        return (
            f"its certificate is from an authority that is not in {authorities}: name a file with"
            f" that authority {named}"
        )
    return f"its certificate is refused: {error.verify_message}."


def no_tls(error: OSError) -> str:
    """Why there is a connection, and no TLS on it."""
    if isinstance(error, TimeoutError):
        return (
            "is to be spoken to over https, and is silent there: does the process hang, or is the"
            " port another one's?"
        )
    if not isinstance(error, ssl.SSLError):
        return f"is to be spoken to over https, and hangs up there ({error.strerror or error})."
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return "hangs up in the middle of TLS. Does it want a client certificate (session.cert)?"
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "is to be spoken to over https, and speaks no TLS: is the port right?"
    return f"refuses TLS: {reason}. Does it want a client certificate (session.cert)?"
