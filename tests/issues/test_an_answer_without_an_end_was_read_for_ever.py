"""What sends without an end was read until the memory was full; what drips, for ever and unnoticed.

Also what a registry says that is no registry: a redirect to what is no URL.
"""

import contextlib
import gzip
import itertools
import threading

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import ConsulProvider
from ahoyhoy.lb.providers.known import RefusedError
from ahoyhoy.lb.providers.watching import reading
from ahoyhoy.lb.providers.watching.registryhttp import RegistryHttp, SilenceError
from integration.stand_in import StandIn

PIECE = b"x" * 2**16


@pytest.fixture(autouse=True)
def little(monkeypatch):
    monkeypatch.setattr(reading, "_LARGEST", 2**20)


@pytest.fixture
def drip():
    over = threading.Event()

    def pieces():
        while not over.wait(0.05):
            yield b" "

    yield pieces()
    over.set()


@contextlib.contextmanager
def talking(body, *, status=200, timeout=5.0, **headers):
    """A conversation with a server that answers so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with StandIn(lambda _: (status, named, body)) as server:
        registry = RegistryHttp("the registry", server.address, port=1, timeout=timeout)
        with registry.open() as conversation:
            yield conversation


def test_a_body_without_an_end_is_not_kept():
    error = pytest.raises(ProviderError, match=r"answered with more than \d+ MB")
    with talking(itertools.repeat(PIECE)) as registry, error:
        registry.ask("GET", "/")


def test_nor_is_that_of_an_error():
    error = pytest.raises(ProviderError, match=r"answered 500: x{200}$")
    with talking(itertools.repeat(PIECE), status=500) as registry, error:
        registry.ask("GET", "/")


def test_nor_is_what_is_large_when_it_is_unpacked():
    packed = gzip.compress(b" " * 2**23)
    error = pytest.raises(ProviderError, match="answered with more than")
    with talking(packed, Content_Encoding="gzip") as registry, error:
        registry.ask("GET", "/")


def test_nor_is_a_line_without_an_end():
    with talking(itertools.repeat(PIECE)) as registry:
        response = registry.ask("GET", "/", stream=True)
        with pytest.raises(ProviderError, match="answered with more than"):
            list(registry.lines(response, 30.0))


def test_an_answer_that_drips_is_an_error_after_a_while(drip):
    error = pytest.raises(ProviderError, match="cannot be reached")
    with talking(drip, timeout=0.2) as registry, error:
        registry.ask("GET", "/")


def test_a_line_that_drips_is_silence(drip):
    with talking(drip, timeout=0.2) as registry:
        response = registry.ask("GET", "/", stream=True)
        with pytest.raises(SilenceError, match="is silent"):
            list(registry.lines(response, 0.5))


def test_a_stream_lasts_for_longer_than_an_answer_may():
    def parts():
        for number in range(8):
            yield b'{"number": %d}\n\n' % number
            threading.Event().wait(0.3)

    with talking(parts(), timeout=0.2) as registry:
        response = registry.ask("GET", "/", stream=True, read_timeout=1.0)
        assert len(list(registry.lines(response, 10.0))) == 8


def test_a_provider_tells_of_an_agent_that_drips(drip):
    texts = []
    with StandIn(lambda _: (200, {}, drip)) as server:
        provider = ConsulProvider("users", address=server.address, timeout=0.3)
        while "cannot be reached" not in "".join(texts):
            with pytest.raises(ProviderError) as caught:
                provider.get_list()
            texts.append(str(caught.value))
        provider.close()
    assert "no answer within 0.3 s" in texts[0]


def test_a_redirect_to_what_is_no_url_may_pass():
    error = pytest.raises(ProviderError, match="Invalid IPv6 URL")
    with talking(b"", status=302, Location="http://[::1") as registry, error as caught:
        registry.ask("GET", "/")
    assert not isinstance(caught.value, RefusedError)
