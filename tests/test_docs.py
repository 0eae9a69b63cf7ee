"""Every example in README, docs and docstrings is run, against real servers."""

import doctest
import gc
import importlib
import os
import re
import runpy
from pathlib import Path
from unittest import mock

import pytest

import ahoyhoy
from ahoyhoy.testing.cluster import Cluster
from doc_blocks import assert_examples_hold, blocks, run_page
from doc_registries import registry
from doc_world import DocWorld

ROOT = Path(__file__).parent.parent
PACKAGE = Path(ahoyhoy.__file__).parent
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(p for p in ROOT.glob("docs/**/*.md") if "_build" not in p.parts),
]
BLOCKS = [block for page in PAGES for block in blocks(page)]
LANGUAGES = {"python", "pycon", "bash", "console", "text", "json", "yaml", "toml", "ini"}


def shown(value):
    """Where a page or a block stands, as a test's id."""
    return str(getattr(value, "place", value)).removeprefix(f"{ROOT}/")


def modules_with_examples():
    """Found in the text: a module that cannot be imported is one test's failure, not everyone's."""
    paths = [p for p in sorted(PACKAGE.rglob("*.py")) if ">>> " in p.read_text()]
    parts = [p.relative_to(PACKAGE.parent).with_suffix("").parts for p in paths]
    return [".".join(p).removesuffix(".__init__") for p in parts]


@pytest.fixture(scope="module")
def cluster():
    with Cluster(3) as cluster:
        yield cluster


@pytest.fixture
def world(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # Examples may write files.
    # They may set variables of the environment, and what `doctor` shows depends on some.
    unset = [name for name in os.environ if name.lower().endswith(("_proxy", "_ca_bundle"))]
    with mock.patch.dict(os.environ), DocWorld(cluster).entered() as world:
        for name in unset:
            del os.environ[name]
        yield world
    gc.collect()  # A socket left open is this example's error, not the next test's.


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if any(b.runs and not (b.not_run or b.needs) for b in blocks(p))],
    ids=shown,
)
@pytest.mark.usefixtures("world")
def test_the_blocks_of_a_page_run_one_after_the_other(page, tmp_path):
    run_page(page, tmp_path).clear()


@pytest.mark.parametrize(
    ("page", "needs"), sorted({(b.page, b.needs) for b in BLOCKS if b.needs}), ids=shown
)
def test_the_blocks_of_a_page_that_need_a_server_run_with_it(page, needs, world, tmp_path):
    with registry(needs, tmp_path) as found:
        world.ports = found.ports
        os.environ.update(found.environment)
        namespace = run_page(page, tmp_path, needs, found.names)
        found.check(namespace)
        namespace.clear()


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.runs and b.not_run], ids=shown)
def test_a_block_that_is_not_run_is_valid_and_says_why(block):
    if block.language == "python" and not block.text.startswith(">>>"):
        block.compiled()
    pytest.skip(f"{shown(block)}: {block.not_run}")


@pytest.mark.parametrize("name", modules_with_examples())
@pytest.mark.usefixtures("world")
def test_the_examples_in_the_docstrings_of_a_module_hold(name):
    finder = doctest.DocTestFinder(exclude_empty=True)
    for example in finder.find(importlib.import_module(name)):
        assert_examples_hold(example)


@pytest.mark.parametrize("script", sorted(ROOT.glob("examples/*.py")), ids=shown)
@pytest.mark.usefixtures("world")
def test_an_example_script_runs(script):
    runpy.run_path(str(script), run_name="__main__")


def test_every_block_names_its_language():
    assert [b.place for b in BLOCKS if b.language not in LANGUAGES] == []


def test_code_stands_only_in_blocks_that_run():
    """Not in directives of Sphinx, which nothing runs."""
    directive = re.compile(r"\{(code|code-block|sourcecode|doctest|testcode)\}")
    assert [p.name for p in PAGES if directive.search(p.read_text())] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_no_page_is_only_a_title(page):
    assert [s for s in page.read_text().splitlines() if s.strip() and not s.startswith("#")]
