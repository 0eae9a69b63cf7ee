"""The shape of the source: sizes, names, imports, and what the package promises about itself."""

import ast
import configparser
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ahoyhoy

ROOT = Path(__file__).parent.parent
PACKAGE = Path(ahoyhoy.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
# They say nothing of what a thing is or does. The module `utils` keeps its name of 4.x, and a
# method of requests' adapters that is written anew keeps its own.
EMPTY_WORDS = {"manager", "helper", "util", "utils", "handler", "processor", "wrapper"}
EMPTY_WORDS |= {"info", "data"}
NAMES_OF_OLD = {"utils", "proxy_manager_for"}
# Libraries that are not always needed, and where they may be.
HOMES = {
    "aiohttp": "ahoyhoy.propagation.aiohttp",
    "asgiref": "ahoyhoy.propagation.django",
    "django": "ahoyhoy.propagation.django",
    "dns": "ahoyhoy.lb",
    "kazoo": "ahoyhoy.lb",
    "rich": "ahoyhoy.cli",
}


def shown(path):
    """A module's path as a test's id."""
    home = PACKAGE.parent if path.is_relative_to(PACKAGE) else ROOT
    return str(path.relative_to(home))


def module_name(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


def words(name):
    """The words of an identifier, whether its parts are joined by `_` or by capitals."""
    return {w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def defined_names(path):
    tree = ast.parse(path.read_text())
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [path.stem, *(node.name for node in ast.walk(tree) if isinstance(node, kinds))]


def reading_order(name):
    """Constants, classes, then the rest, each by the alphabet, as imports are sorted."""
    return not name.isupper(), not name[0].isupper(), name.casefold()


def run_python(code, *arguments):
    """What a fresh interpreter prints."""
    outcome = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.mark.parametrize("path", [*FILES, *sorted(ROOT.glob("tests/**/*.py"))], ids=shown)
def test_a_module_has_at_most_300_lines(path):
    count = len(path.read_text().splitlines())
    assert count <= 300


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_names_say_what_a_thing_is(path):
    names = set(defined_names(path)) - NAMES_OF_OLD
    assert [name for name in names if words(name) & EMPTY_WORDS] == []


def test_empty_words_are_found_in_any_spelling():
    assert words("HTTPDataWrapper_for_info") == {"http", "data", "wrapper", "for", "info"}


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_nothing_is_left_to_be_written(path):
    raised = [n.exc for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Raise)]
    assert [e.lineno for e in raised if e and "NotImplemented" in ast.unparse(e)] == []


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=shown)
def test_all_is_sorted_and_true(path):
    module = importlib.import_module(module_name(path))
    names = list(getattr(module, "__all__", ()))
    assert names == sorted(names, key=reading_order)
    assert [name for name in names if not hasattr(module, name)] == []
    imported = {
        alias.asname or alias.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert {name for name in imported if not name.startswith("_")} <= set(names)


def test_every_module_can_be_the_first_one_imported():
    """Otherwise a circle of imports waits for the user who begins elsewhere."""
    # Forks: what others wrote is imported once, and each child starts without ours.
    code = """
import importlib, os, sys, traceback
import dns.resolver, pybreaker, requests
for name in sys.argv[1:]:
    if not (child := os.fork()):
        try:
            importlib.import_module(name)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name)
"""
    names = [module_name(p) for p in FILES if p.stem != "__main__"]
    assert run_python(code, *names) == ""


def test_an_import_starts_no_thread_and_loads_nothing_optional():
    code = """
import sys, threading, ahoyhoy
print(threading.active_count(), *sorted({"asyncio", "dns", "rich", "aiohttp", "django", "kazoo", "redis", "yaml"} & set(sys.modules)))
"""
    assert run_python(code) == "1\n"


def test_an_import_takes_little_longer_than_that_of_requests():
    code = """
import sys, time
start = time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - start)
"""
    names = ("requests", "ahoyhoy")
    # The best of many, in turns: another process's load hits both, and only ever adds time.
    runs = [[float(run_python(code, name)) for name in names] for _ in range(9)]
    theirs, ours = (min(times) for times in zip(*runs, strict=True))
    assert ours <= 1.15 * theirs


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_only_promised_libraries_are_imported(path):
    optional = {lib for lib, home in HOMES.items() if module_name(path).startswith(home)}
    allowed = {"requests", "urllib3", "pybreaker", *optional, *sys.stdlib_module_names}
    assert imported_libraries(path) - allowed == set()


@pytest.mark.parametrize(("library", "home"), HOMES.items())
def test_a_library_that_is_not_always_needed_has_one_home(library, home):
    importers = {module_name(path) for path in FILES if library in imported_libraries(path)}
    assert [name for name in importers if not name.startswith(home)] == []


def imported_libraries(path):
    """The top names of what a module imports from elsewhere, at its top or later, when it runs."""
    found = set()
    waiting = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def test_the_lowest_versions_promised_are_the_ones_tested():
    setup, tox = configparser.ConfigParser(), configparser.RawConfigParser()
    setup.read(ROOT / "setup.cfg")
    tox.read(ROOT / "tox.ini")
    required = setup["options"]["install_requires"].strip().splitlines()
    extras = setup["options.extras_require"]
    every = re.findall(r"%\((\w+)\)s", extras.get("all", raw=True))
    required += [line for name in every for line in extras[name].strip().splitlines()]
    # Without the marker, which says for which interpreters.
    lowest = sorted(re.split("[,;]", r)[0].split(">=") for r in required)
    pinned = tox["testenv:min-deps"]["deps"].strip().splitlines()
    tested = sorted(r.partition(";")[0].split("==") for r in pinned)
    assert lowest == tested


def test_ci_installs_every_package_that_a_test_names():
    named = re.compile(r"""mark\.server\(["']([\w.+-]+)["']""")
    files = ROOT.glob("tests/**/*.py")
    wanted = {package for path in files for package in named.findall(path.read_text())}
    assert wanted <= set((ROOT / ".ci" / "packages").read_text().splitlines())


def test_the_readme_has_the_commands_that_ci_runs():
    readme = (ROOT / "README.md").read_text()
    assert re.search(r"^<!-- test-command -->\n+```(bash|console)\n[^`]*tox", readme, re.MULTILINE)
