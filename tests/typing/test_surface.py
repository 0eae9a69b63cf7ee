"""What these modules import is there when it runs, too, and type checkers are told to look."""

from __future__ import annotations

import runpy
from pathlib import Path

import ahoyhoy


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(ahoyhoy.__file__).parent / "py.typed").exists()


def test_every_name_of_the_surface_can_be_imported() -> None:
    names = runpy.run_path(str(Path(__file__).parent / "surface.py"))
    assert names["OwnProvider"]().get_list() == [("10.0.0.1", 8080)]
    names = runpy.run_path(str(Path(__file__).parent / "registries.py"))
    assert names["found"]() == [("10.0.0.1", 8080)]
