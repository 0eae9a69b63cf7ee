"""What only some need is an extra: without it all else works, and what needs it says which one."""

import configparser
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import ahoyhoy

ROOT = Path(__file__).parent.parent
PACKAGE = Path(ahoyhoy.__file__).parent

#: Extras for those who work on the library.
FOR_DEVELOPMENT = {"bench", "dev", "docs", "drop-in", "libraries", "lint", "test", "types"}

# As if nothing were installed but what is required.
BARE = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        optional = {"aiohttp", "asgiref", "django", "hiredis", "kazoo", "redis", "rich", "tomli", "yaml"}
        # Python 3.10 has no tomllib.
        if name.partition(".")[0] in {*optional, "tomllib"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""

KUBECONFIG = """\
apiVersion: v1
kind: Config
"""


def bare(code, *arguments, **options):
    """The output of a fresh interpreter that has no optional package."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", BARE + code, *map(str, arguments)],
        text=True,
        cwd=PACKAGE.parent,
        check=False,
        timeout=60,
        **{"capture_output": True, **options},
    )


def extras():
    """The requirements of each extra, as setup.cfg has them."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    section = parser["options.extras_require"]
    return {extra: set(section[extra].split("\n")) - {""} for extra in section}


def test_all_is_every_extra_but_those_for_development():
    known = extras()
    assert known.keys() >= FOR_DEVELOPMENT
    users = known.keys() - FOR_DEVELOPMENT - {"all"}
    assert users == {"cli", "config", "kubernetes", "redis", "zookeeper"}
    assert known["all"] == set().union(*(known[extra] for extra in users))


def test_every_name_is_there_without_any_optional_package():
    outcome = bare("import ahoyhoy\nfor name in ahoyhoy.__all__: getattr(ahoyhoy, name)")
    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_lists_and_files_work_without_any_optional_package(tmp_path):
    path = tmp_path / "hosts.json"
    path.write_text('["10.0.0.1:80", "10.0.0.2:80"]')
    code = """
import ahoyhoy
for target in ("http://10.0.0.1,10.0.0.2", "file://" + sys.argv[1]):
    with ahoyhoy.Session(target) as session:
        print(len(session.hosts()))
registries = ("consul://users", "etcd:///users", "eureka:///users", "dns://users.internal:80")
for target in registries:
    ahoyhoy.Session(target).close()
with ahoyhoy.Session("http://10.0.0.1", breaker=ahoyhoy.BreakerFactory()) as session:
    print(session.hosts()[0].circuit)
"""
    outcome = bare(code, path)
    assert (outcome.stdout, outcome.stderr) == ("2\n2\nclosed\n", "")


NEEDS = [
    ("ahoyhoy.Session('zk://127.0.0.1/users')", "kazoo", "zookeeper"),
    ("ahoyhoy.ZooKeeperProvider('/users')", "kazoo", "zookeeper"),
    ("ahoyhoy.ZooKeeperRegistry()", "kazoo", "zookeeper"),
    ("ahoyhoy.Registration('zk://', 'users', ('10.0.0.1', 80))", "kazoo", "zookeeper"),
    ("ahoyhoy.Session('redis://127.0.0.1/0?key=users')", "redis", "redis"),
    ("ahoyhoy.Session('rediss://127.0.0.1/0?key=users')", "redis", "redis"),
    ("ahoyhoy.RedisProvider('users')", "redis", "redis"),
    ("ahoyhoy.RedisCircuits()", "redis", "redis"),
    ("ahoyhoy.Session('k8s://default/users:http?kubeconfig=' + sys.argv[1])", "yaml", "kubernetes"),
    ("ahoyhoy.Session('lb://users')", "tomli", "config"),
]


@pytest.mark.parametrize(("code", "library", "extra"), NEEDS)
def test_what_needs_a_package_names_the_extra_that_brings_it(code, library, extra, tmp_path):
    kubeconfig, services = tmp_path / "config", tmp_path / "ahoyhoy.toml"
    kubeconfig.write_text(KUBECONFIG)
    services.write_text('[services.users]\ntarget = "http://10.0.0.1"\n')
    attempt = f"""
import os, ahoyhoy
os.environ["AHOYHOY_CONFIG"] = sys.argv[2]
try:
    {code}
except ImportError as error:
    print(error)
"""
    outcome = bare(attempt, kubeconfig, services)
    said = f"{library} is needed: pip install 'ahoyhoy[{extra}]'\n"
    assert (outcome.stdout, outcome.stderr) == (said, "")
    assert any(library in requirement for requirement in extras()[extra])


def test_the_command_line_names_the_extra_of_a_target():
    code = "from ahoyhoy.cli import main\nsys.exit(main(['hosts', 'zk://127.0.0.1/users']))"
    outcome = bare(code)
    assert outcome.returncode == 2
    assert "kazoo is needed: pip install 'ahoyhoy[zookeeper]'" in outcome.stderr


def test_the_command_line_names_the_extra_for_its_live_tables():
    code = "from ahoyhoy.cli.display import display\nwith display(): pass"
    ours, theirs = pty.openpty()
    try:
        outcome = bare(code, capture_output=False, stdout=theirs, stderr=subprocess.PIPE)
    finally:
        os.close(ours)
        os.close(theirs)
    assert outcome.stderr == 'ahoyhoy: pip install "ahoyhoy[cli]" for a live table\n'
    assert any("rich" in requirement for requirement in extras()["cli"])
