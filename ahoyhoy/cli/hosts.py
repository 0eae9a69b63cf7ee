"""`ahoyhoy hosts`: the hosts of a service, and how each of them does."""

from __future__ import annotations

import argparse
import json
import threading
import time

from .._core import HostStats
from ..client import LBClientBuilder
from ..exceptions import AhoyhoyLbException
from ..lb import RoundRobinLB
from .display import Display, display
from .exits import Exit
from .probes import Probes
from .table import COLUMNS, Frame, aligned, entry, row


def hosts(arguments: argparse.Namespace) -> int:
    """Show them once, or with `--watch` until interrupted."""
    balancer = RoundRobinLB(arguments.target)
    probes = None
    # The client gives the balancer its circuits; nothing is called through it.
    with LBClientBuilder().add_lb(balancer).build():
        if arguments.path is not None:
            probes = Probes(balancer, arguments.path, timeout=arguments.timeout)
        try:
            with display(silent=arguments.json or not arguments.watch) as shown:
                _look(balancer, probes, shown, arguments)
        except AhoyhoyLbException as error:
            if arguments.json:
                failure = {"error": str(error), "type": type(error).__name__}
                print(json.dumps(failure), flush=True)
            raise
        finally:
            if probes is not None:
                probes.close()
    return Exit.OK


def _look(
    balancer: RoundRobinLB, probes: Probes | None, shown: Display, arguments: argparse.Namespace
) -> None:
    while True:
        began = time.monotonic()
        balancer.update()
        if probes is None:
            stats = balancer.hosts()
        else:
            # A host that hangs is shown as it hangs, when somebody is watching.
            stats = probes.run(patience=arguments.interval if arguments.watch else None)
        _show(stats, arguments.target.stale_for, shown, arguments)
        if not arguments.watch:
            return
        threading.Event().wait(max(0.0, began + arguments.interval - time.monotonic()))


def _show(
    stats: tuple[HostStats, ...], stale: float, shown: Display, arguments: argparse.Namespace
) -> None:
    if arguments.json:
        told = {"hosts": [entry(host) for host in stats], "stale_for": round(stale, 3)}
        print(json.dumps(told), flush=True)
        return
    rows = [row(host) for host in stats]
    text = aligned(COLUMNS, rows)
    if not arguments.watch:
        print(text)
        return
    is_open = sum(host.circuit != "closed" for host in stats)
    count = "1 host" if len(stats) == 1 else f"{len(stats)} hosts"
    title = f"{count}, {is_open} with an open circuit; Ctrl-C ends"
    # What is shown would otherwise look as true as ever while the registry is away.
    footer = f"the source has not confirmed this list for {stale:.0f} s" if stale else ""
    shown.show(Frame(title, COLUMNS, rows, footer, f"{text}\n{footer}".rstrip()))
