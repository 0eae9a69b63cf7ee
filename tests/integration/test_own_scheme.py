"""A scheme of targets that a user's own package brings, installed as pip installs it."""

import os
import subprocess
import sys
import zipfile

import pytest

from integration.shell import ahoyhoy, doctor  # noqa: F401 - fixtures

MODULE = """
import os

from ahoyhoy.lb.providers import IProvider
from ahoyhoy.utils import Host


class Inventory(IProvider):
    def get_list(self):
        return [Host("127.0.0.1", int(os.environ["INVENTORY_PORT"]))]


def provider(url):
    return Inventory()
"""

SESSION = """
import ahoyhoy

with ahoyhoy.Session("inventory://users") as session:
    print(session.get("/x").status_code)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install(source)`: a package with a module, whose `provider` makes what `inventory://` is."""
    about = "our_inventory-1.0.dist-info"

    def put(source):
        wheel = tmp_path / "our_inventory-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("our_inventory.py", source)
            archive.writestr(
                f"{about}/METADATA", "Metadata-Version: 2.1\nName: our-inventory\nVersion: 1.0\n"
            )
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(
                f"{about}/entry_points.txt",
                "[ahoyhoy.providers]\ninventory = our_inventory:provider\n",
            )
            archive.writestr(f"{about}/RECORD", "")
        place = tmp_path / "installed"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
        subprocess.run([*pip, "--target", str(place), str(wheel)], check=True, timeout=120)
        path = [str(place), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))

    return put


def test_a_target_of_an_installed_package_is_one_everywhere(
    cluster, install, ahoyhoy, doctor, monkeypatch
):
    install(MODULE)
    monkeypatch.setenv("INVENTORY_PORT", str(cluster[0].port))
    command = [sys.executable, "-c", SESSION]
    told = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (told.stdout, told.stderr) == (b"200\n", b"")
    code, shown, error = ahoyhoy("hosts", "inventory://users")
    assert (code, error) == (0, "")
    assert f"127.0.0.1:{cluster[0].port}" in shown
    code, found = doctor("inventory://users")
    assert (code, found["wrong"]) == (0, [])
    assert [host["host"] for host in found["hosts"]] == [f"127.0.0.1:{cluster[0].port}"]


@pytest.mark.parametrize("word", ["hosts", "doctor"])
def test_a_package_that_is_broken_is_named(install, ahoyhoy, word):
    install("raise RuntimeError('no')")
    code, told, error = ahoyhoy(word, "inventory://users")
    assert (code, told) == (2, "")
    says = "'inventory://' of the package our-inventory (our_inventory:provider): RuntimeError: no"
    assert says in error


def test_a_source_that_raises_is_named_without_what_may_be_secret(install, doctor):
    raises = "raise LookupError('nobody lets in me:sesame1')"
    install(MODULE.replace('return [Host("127.0.0.1", int(os.environ["INVENTORY_PORT"]))]', raises))
    code, found = doctor("inventory://me:sesame1@users")
    assert code == 3
    (told,) = found["wrong"]
    assert told == (
        "There are no hosts: our_inventory.Inventory raised LookupError: nobody lets in ***:***."
    )
    assert "sesame1" not in str(found)


def test_a_source_with_something_else_than_hosts_is_named(install, doctor):
    install(MODULE.replace('[Host("127.0.0.1", int(os.environ["INVENTORY_PORT"]))]', "[1]"))
    code, found = doctor("inventory://users")
    assert code == 3
    assert found["wrong"][0].startswith("There are no hosts: 1 is not a host: a host is Host(")
