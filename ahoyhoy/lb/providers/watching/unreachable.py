"""Why a registry cannot be reached, in words: does that pass, or is a setting wrong?"""

from __future__ import annotations

import ssl

from ....classifiers.verdicts import judge_error
from ....exceptions import ProviderError
from ..known import RefusedError

_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def unreachable(where: str, error: Exception) -> ProviderError:
    """What an error of the network says.

    Args:
        where: the registry and its address.
        error: from `requests` or a socket.
    """
    tls = _tls_error(error)
    if tls is None:
        why = judge_error(error).reason or str(error)
        return ProviderError(f"{where} cannot be reached: {why}")
    if isinstance(tls, ssl.SSLCertVerificationError):
        advice = "give verify='ca.pem' (in a URL ca=ca.pem), the authority that issued it"
        return RefusedError(
            f"{where}: TLS: its certificate is refused ({tls.verify_message}): {advice}"
        )
    if isinstance(tls, _CLOSED):
        return ProviderError(f"{where} cannot be reached: TLS: the connection was closed")
    why = (tls.reason or str(tls)).replace("_", " ").lower()
    advice = "does it speak TLS there, and does it want a client certificate (cert=)?"
    return RefusedError(f"{where}: TLS: {why}: {advice}")


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    """The error of TLS behind an error of requests."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        inner = next((arg for arg in seen.args if isinstance(arg, BaseException)), None)
        seen = seen.__cause__ or seen.__context__ or inner  # urllib3's own has it as argument
    return seen
