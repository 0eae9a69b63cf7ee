"""Where frames are shown: a live table on a terminal, plain lines anywhere else.

The one module that imports rich, which is optional: pip install "ahoyhoy[cli]".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from .table import Frame, numeric

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLOURS = {"closed": "green", "open": "red", "half-open": "yellow"}
_COLOURS |= {"up": "green", "stopped": "red", "killed": "red", "500": "red"}

#: What comes and goes in a column must not make the others jump.
_WIDTHS = {"server": 7, "circuit": 9, "latency": 8}


class Display(Protocol):
    """Something that shows one frame after the other.

    Attributes:
        interval: how many seconds apart frames are worth showing.
    """

    interval: float

    def show(self, frame: Frame) -> None:
        """Show this instead of what was shown before."""


class PlainDisplay:
    """Prints every frame's plain text."""

    interval = 1.0

    def show(self, frame: Frame) -> None:
        """Print the frame."""
        print(frame.plain, flush=True)


class NoDisplay:
    """Shows nothing: stdout is for JSON."""

    interval = 0.1

    def show(self, frame: Frame) -> None:
        """Nothing."""


@contextmanager
def display(*, silent: bool = False) -> Iterator[Display]:
    """The best display there is; says on stderr what a terminal without rich lacks."""
    if silent:
        yield NoDisplay()
        return
    if not sys.stdout.isatty():
        yield PlainDisplay()
        return
    try:
        from rich.live import Live  # noqa: PLC0415 - optional
    except ImportError:
        print('ahoyhoy: pip install "ahoyhoy[cli]" for a live table', file=sys.stderr)
        yield PlainDisplay()
        return

    class LiveDisplay:
        interval = 0.1

        def show(self, frame: Frame) -> None:
            live.update(rendered(frame), refresh=True)

    with Live(auto_refresh=False) as live:
        yield LiveDisplay()


def rendered(frame: Frame) -> RenderableType:
    """The frame as rich draws it."""
    from rich import box  # noqa: PLC0415
    from rich.console import Group  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in frame.columns:
        side: Literal["left", "right"] = "right" if numeric(name) else "left"
        table.add_column(name, justify=side, no_wrap=True, min_width=_WIDTHS.get(name))
    for cells in frame.rows:
        table.add_row(*(Text(cell, style=_COLOURS.get(cell.split(" ")[0], "")) for cell in cells))
    title = Text(frame.title)
    title.highlight_regex("[A-Z]{3,}", "bold reverse")
    return Group(title, "", table, "", Text(frame.footer))
