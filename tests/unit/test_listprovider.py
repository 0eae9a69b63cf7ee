import subprocess
import sys

import pytest

from ahoyhoy.lb import providers
from ahoyhoy.lb.providers import IProvider, ListProvider


def test_a_list_provider_returns_what_it_was_given_unchecked():
    assert ListProvider(1, 2, 3).get_list() == (1, 2, 3)
    assert ListProvider().get_list() == ()


def test_a_fixed_list_never_changes():
    source = ListProvider(("a", 1))
    assert isinstance(source, IProvider)
    assert source.changes() == 0
    source.close()
    assert source.get_list() == (("a", 1),)


def test_it_shows_its_hosts():
    assert repr(ListProvider(("a", 1), 2)) == "ListProvider(('a', 1), 2)"


def test_every_name_of_the_package_can_be_imported():
    for name in providers.__all__:
        assert getattr(providers, name).__name__ == name
        assert name in dir(providers)
    with pytest.raises(AttributeError, match="no attribute 'NoProvider'"):
        _ = providers.NoProvider


def test_importing_the_package_loads_no_dns_and_starts_no_thread():
    code = (
        "import sys, threading, ahoyhoy.lb.providers\n"
        "assert not [m for m in sys.modules if m == 'dns' or m.startswith('dns.')]\n"
        "assert threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
