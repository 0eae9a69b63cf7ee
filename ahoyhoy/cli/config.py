"""`ahoyhoy config`: every setting in effect, and where it comes from."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from ..configuration import VARIABLE, document, tables
from . import settings
from .exits import Exit


def config(arguments: argparse.Namespace) -> int:
    """Print the settings: of the environment, then of each service in the configuration."""
    origins = arguments.show_origin
    services = tables(document()) if os.environ.get(VARIABLE) else []
    parts = [
        (None, settings.environment()),
        *((table.name, settings.of_service(table)) for table in services),
    ]
    if arguments.json:
        entries = [_entry(one, name, origins) for name, part in parts for one in part]
        print(json.dumps({"settings": entries}))
        return Exit.OK
    for name, part in parts:
        if name is not None:
            print(f"\n{name}")
        indent = "" if name is None else "  "
        print("\n".join(settings.lines(part, origins=origins, indent=indent)))
    return Exit.OK


def _entry(setting: settings.Setting, service: str | None, origins: bool) -> dict[str, Any]:
    entry = {"service": service, **setting._asdict()}
    return entry if origins else {key: entry[key] for key in ("service", "name", "value")}
