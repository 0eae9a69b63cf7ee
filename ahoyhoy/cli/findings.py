"""What a doctor found, on the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from . import settings
from .examination import Examined
from .settings import Setting


@dataclass
class Findings:
    """What a doctor found.

    Attributes:
        settings: what counts, and where it comes from.
        elapsed: seconds until the source told its hosts; None: it did not.
        hosts: what was found out about each.
        wrong: what is wrong, in sentences.
    """

    settings: list[Setting] = field(default_factory=list)
    elapsed: float | None = None
    hosts: list[Examined] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def show(found: Findings, *, as_json: bool) -> None:
    """Print it all."""
    if as_json:
        told = asdict(found) | {"settings": [one._asdict() for one in found.settings]}
        print(json.dumps(told))
    else:
        print("\n".join(_lines(found)))


def _lines(found: Findings) -> Iterator[str]:
    yield "settings"
    yield from settings.lines(found.settings, origins=True, indent="  ")
    if found.elapsed is not None:
        count = len(found.hosts)
        hosts = "1 host" if count == 1 else f"{count} hosts"
        yield f"\n{hosts}, told in {found.elapsed * 1000:.1f} ms"
    width = max((len(host.host) for host in found.hosts), default=0)
    for host in found.hosts:
        steps = ", ".join(host.steps) or "not reached"
        before = f"  {'wrong' if host.wrong else 'ok   '}  {host.host:{width}}  "
        yield settings.wrapped(steps, before, " " * len(before))
    if not found.wrong:
        yield "\nnothing is wrong"
        return
    yield "\nwrong"
    for sentence in found.wrong:
        yield settings.wrapped(sentence, "  - ", "    ")
