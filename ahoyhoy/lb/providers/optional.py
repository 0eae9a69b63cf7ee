"""Libraries that only some sources need, and that are installed with an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def optional(module: str, extra: str) -> Any:
    """The module; it is imported now, and not before somebody needs it.

    Raises:
        ImportError: when it is not installed; names the extra that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        raise ImportError(f"{library} is needed: pip install 'ahoyhoy[{extra}]'") from error
