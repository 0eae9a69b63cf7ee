"""A real Consul agent, watched by processes that fork, forget and end."""

import gc
import os
import subprocess
import sys
import threading
import time
import warnings

import pytest

import ahoyhoy
from ahoyhoy.lb.providers.consul.consulprovider import ConsulProvider
from integration.dns_servers import until
from integration.registries import Consul, ports


@pytest.fixture(scope="module")
def agent():
    with Consul() as agent:
        agent.register(8001)
        yield agent


@pytest.fixture
def source(agent):
    source = ConsulProvider("users", address=agent.address)
    assert 8001 in ports(source)
    yield source
    source.close()


def threads():
    return [t for t in threading.enumerate() if t.name.startswith("ahoyhoy-watch")]


def in_child(check):
    """The exit code of a forked child that runs `check` and ends as a program does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if check() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_watches_by_itself_and_its_parent_goes_on(agent, source):
    def check():
        assert not threads()  # until it is asked
        assert source._listing.known.hosts
        source.changes()
        agent.register(8002)
        until(lambda: 8002 in ports(source))
        source.close()
        return True

    run, known = source._run, source._listing.known
    assert in_child(check) == 0
    until(lambda: 8002 in ports(source))
    assert source._run is run
    # By the query that was under way all the time.
    assert source._listing.known.changes == known.changes + 1
    agent.deregister(8002)


def test_the_thread_ends_with_the_provider(agent):
    source = ConsulProvider("users", address=agent.address)
    source.get_list()
    before = len(threads())
    del source
    gc.collect()
    until(lambda: len(threads()) == before - 1, within=5)


@pytest.mark.parametrize("ending", ["", "import os; os.kill(os.getpid(), 2)", "sys.exit(3)"])
def test_a_program_ends_at_once_while_a_query_is_under_way(agent, ending):
    code = f"""
import sys
from ahoyhoy.lb.providers.consul.consulprovider import ConsulProvider
source = ConsulProvider("users", address="{agent.address}")
print(len(source.get_list()), flush=True)
{ending}
"""
    start = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=os.path.dirname(os.path.dirname(ahoyhoy.__file__)),
        check=False,
    )
    assert time.monotonic() - start < 10
    assert int(ended.stdout) >= 1
    assert ended.stderr == "" or "KeyboardInterrupt" in ended.stderr
    assert "Fatal" not in ended.stderr
