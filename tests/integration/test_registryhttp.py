"""HTTP with a registry: addresses in turn, and what went wrong in words."""

import socket
import threading
from contextlib import closing

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import ConsulProvider, EurekaProvider
from ahoyhoy.lb.providers.known import RefusedError
from ahoyhoy.lb.providers.watching.registryhttp import RegistryHttp
from integration.server_process import free_port
from integration.stand_in import StandIn, answering


def registry(*addresses, **options):
    return RegistryHttp("the registry", list(addresses), port=8500, **options)


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("h", "http://h:8500"),
        ("h:81", "http://h:81"),
        ("[::1]", "http://[::1]:8500"),
        ("https://h/base/", "https://h:8500/base"),
    ],
)
def test_an_address_is_a_host_with_a_port_or_a_url(address, base):
    assert RegistryHttp("it", address, port=8500).bases == (base,)


@pytest.mark.parametrize("address", ["http://u:secret@h", "ftp://h", "h?token=secret", "h#x"])
def test_anything_more_is_refused_and_not_repeated(address):
    with pytest.raises(ValueError, match="has nothing else") as caught:
        RegistryHttp("it", address, port=1)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"verify": "/none.pem"}, "verify='/none.pem': there is no such file"),
        ({"cert": "/none.pem"}, "cert='/none.pem'"),
        ({"cert": ("/none.pem", "/none.key")}, "cert='/none.pem'"),
        ({"timeout": 0}, "timeout must be"),
    ],
)
def test_bad_settings_are_refused_at_once(options, text):
    with pytest.raises(ValueError, match=text):
        registry("h:1", **options)


def test_no_address_is_refused():
    with pytest.raises(ValueError, match="address of the registry"):
        registry()


def test_the_headers_of_the_registry_are_sent_and_no_redirect_is_followed():
    with StandIn(lambda _: (302, {"Location": "/elsewhere"}, b"")) as server:
        text = f"at http://{server.address} answered 302"
        with (
            registry(server.address, headers={"X-Token": "t"}).open() as conversation,
            pytest.raises(ProviderError, match=text),
        ):
            conversation.ask("GET", "/here")
        assert [asked.path for asked in server.asked] == ["/here"]
        assert server.asked[0].headers["X-Token"] == "t"


def test_a_netrc_does_not_replace_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    headers = {"Authorization": "Bearer token"}
    with answering({}) as server, registry(server.address, headers=headers).open() as conversation:
        conversation.ask("GET", "/")
        assert server.asked[0].headers["Authorization"] == "Bearer token"


def test_a_registry_that_speaks_tls_alone_says_so():
    said = b"Client sent an HTTP request to an HTTPS server.\n"
    with (
        StandIn(lambda _: (400, {}, said)) as server,
        registry(server.address).open() as conversation,
        pytest.raises(RefusedError, match="speaks TLS: give https://"),
    ):
        conversation.ask("GET", "/")


def test_a_last_line_needs_no_end():
    with (
        StandIn(lambda _: (200, {}, iter([b"a\n\nb"]))) as server,
        registry(server.address).open() as conversation,
    ):
        response = conversation.ask("GET", "/", stream=True)
        assert list(conversation.lines(response, 10.0)) == [b"a", b"b"]


def test_the_next_address_is_asked_when_one_fails_and_used_from_then_on():
    down = f"127.0.0.1:{free_port()}"
    with answering({"a": 1}) as server, registry(down, server.address).open() as conversation:
        assert conversation.ask_json("GET", "/", params={"index": 7}) == {"a": 1}
        assert conversation.base == f"http://{server.address}"
        assert server.asked[-1].query == {"index": "7"}


@pytest.fixture
def swallowing():
    """The address of a machine that is gone: a full backlog drops what would connect."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
    ):
        yield "127.0.0.1:{1}".format(*full.getsockname())


def test_an_address_that_swallows_everything_leaves_time_for_the_next(swallowing):
    """Both within the `timeout` for which a first list is waited for."""
    with answering([]) as server:
        provider = EurekaProvider("users", address=[swallowing, server.address], timeout=3)
        with closing(provider), pytest.raises(ProviderError, match="is not Eureka"):
            provider.get_list()


def test_an_address_that_swallows_everything_is_named_in_time(swallowing):
    provider = ConsulProvider("users", address=swallowing, timeout=3)
    text = f"http://{swallowing} cannot be reached: connect timeout"
    with closing(provider), pytest.raises(ProviderError, match=text):
        provider.get_list()


def test_addresses_all_of_which_fail_are_all_named():
    down = [f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"]
    text = f"{down[0]} cannot .*; .*{down[1]} cannot"
    with registry(*down).open() as conversation, pytest.raises(ProviderError, match=text):
        conversation.ask("GET", "/")


def test_another_address_may_be_asked_something_else():
    down = f"127.0.0.1:{free_port()}"
    with answering({}) as server, registry(down, server.address).open() as conversation:
        conversation.ask("GET", "/", params={"index": 7}, elsewhere={"tag": "x"})
        assert server.asked[-1].query == {"tag": "x"}


def test_a_refusal_is_not_taken_to_the_next_address():
    def explain(status, text):
        return RefusedError(f"{status} {text}")

    with answering(403) as first, answering({}) as second:
        both = registry(first.address, second.address)
        with both.open() as conversation, pytest.raises(RefusedError, match="403 no"):
            conversation.ask("GET", "/", explain=explain)
        assert second.asked == []


@pytest.mark.parametrize("body", [b"<html>", b'{"a":' * 100_000, b"\xff"])
def test_what_is_no_json_is_told_to_be_none(body):
    with answering(body) as server, registry(server.address).open() as conversation:
        with pytest.raises(ProviderError, match="answered what is no JSON"):
            conversation.ask_json("GET", "/")
        with pytest.raises(ProviderError, match="answered what is no list in JSON"):
            list(conversation.items_of(conversation.ask("GET", "/")))


def test_the_items_of_a_list():
    with answering([1, {"a": 2}]) as server, registry(server.address).open() as conversation:
        assert list(conversation.items_of(conversation.ask("GET", "/"))) == [1, {"a": 2}]


def test_tls_where_none_is_spoken_is_a_refusal():
    text = "TLS: wrong version number: does it speak TLS"
    with (
        answering({}) as server,
        registry(f"https://{server.address}").open() as conversation,
        pytest.raises(RefusedError, match=text),
    ):
        conversation.ask("GET", "/")


def test_a_connection_that_is_closed_during_tls_may_pass():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
        with registry(address, timeout=5).open() as conversation:

            def hang_up():
                peer, _ = server.accept()
                peer.recv(10_000)
                peer.close()

            thread = threading.Thread(target=hang_up)
            thread.start()
            with pytest.raises(ProviderError, match="cannot be reached") as caught:
                conversation.ask("GET", "/")
            thread.join()
    assert not isinstance(caught.value, RefusedError)
