"""The command line: `ahoyhoy get TARGET PATH`, `ahoyhoy doctor TARGET`, `ahoyhoy demo`."""

from .command import main

__all__ = ("main",)
