"""The log lines of sources of hosts."""

from __future__ import annotations

import logging

from ...exceptions import ProviderError
from ...utils.instance import Instance, netloc
from .known import Known, Watched

logger = logging.getLogger("ahoyhoy.discovery")

# A first list of hundreds of hosts must not become a line of several kilobytes.
_SHOWN = 20


def report(source: str, before: Known, after: Known, now: float) -> None:
    """Log what is worth a line between two snapshots of what is known of `source`."""
    if after.hosts is None:
        # Whoever asks gets the error raised; a watch goes on while nobody does.
        if isinstance(after, Watched) and after.warned != before.warned:
            logger.warning("%s: no list yet: %s", source, reason(after.error))
        return
    if after.failures and after.warned != before.warned:
        text = "%s: refresh failed (%s); still using %d hosts, last confirmed %.0f s ago"
        why = reason(after.error)
        logger.warning(text, source, why, len(after.hosts), now - after.confirmed)
    if after.hosts == () and before.hosts:
        gone = _difference(before.hosts, ())
        logger.warning("%s: still no hosts, and now that is believed: %s", source, gone)
        return
    if before.hosts is not None and before.failures and not after.failures:
        logger.info("%s: fresh again after %.0f s", source, now - before.confirmed)
    if after.hosts != before.hosts:
        if after.hosts:
            logger.info("%s: %s", source, _difference(before.hosts or (), after.hosts))
        else:
            why = f": {reason(after.error)}" if after.error else ""
            logger.warning("%s: the first answer has no hosts; it is asked again%s", source, why)


def reason(error: Exception | None) -> str:
    """An error in one line; its type too, unless it is our own."""
    if not isinstance(error, ProviderError):
        return f"{type(error).__name__}: {error}"
    asked = error.retry_after
    return f"{error} (and asks to be left alone for {asked:.4g} s)" if asked else str(error)


def _difference(before: tuple[Instance, ...], after: tuple[Instance, ...]) -> str:
    """`+host -host ~host`: came, left, and known as before but with another weight or the like."""
    old = {instance.host: instance for instance in before}
    new = {instance.host: instance for instance in after}
    marks = [f"+{netloc(host)}" for host in new if host not in old]
    marks += [f"-{netloc(host)}" for host in old if host not in new]
    marks += [f"~{netloc(host)}" for host in new if host in old and new[host] != old[host]]
    more = f" and {len(marks) - _SHOWN} more" if len(marks) > _SHOWN else ""
    return " ".join(marks[:_SHOWN]) + more or "another order"
