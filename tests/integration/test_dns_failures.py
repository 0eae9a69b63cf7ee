"""A real DNS server that falls silent, dies or denies: the last good list stays."""

import logging
import time

import pytest

from ahoyhoy.exceptions import ProviderError
from integration.dns_servers import NAME, SRV, Counter, addresses, provider
from integration.server_process import pause, until

pytestmark = [pytest.mark.server("knot"), pytest.mark.slow]


def slowest_get_list(source, seconds):
    """The longest that one of many `get_list` took, in seconds."""
    end, slowest = time.monotonic() + seconds, 0.0
    while (start := time.monotonic()) < end:
        source.get_list()
        slowest = max(slowest, time.monotonic() - start)
        pause(0.01)
    return slowest


def test_a_name_that_ceases_to_exist_keeps_the_last_good_list(knot, caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    knot.set("web", "A", "10.0.0.1")
    source = provider(knot)
    source.get_list()
    knot.delete("web")
    first = until(lambda: source.get_list() and source.stale_for)
    until(lambda: source.get_list() and source.stale_for > first + 0.3)
    assert addresses(source) == ["10.0.0.1"]
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "does not exist" in warnings[0]
    assert "still using 1 hosts" in warnings[0]
    knot.set("web", "A", "10.0.0.5")
    until(lambda: addresses(source) == ["10.0.0.5"])
    assert source.stale_for == 0.0
    until(lambda: "+10.0.0.5:8080 -10.0.0.1:8080" in caplog.text)
    assert "fresh again" in caplog.text


def test_a_name_whose_last_record_goes_keeps_the_last_good_list(knot):
    knot.set("web", "A", "10.0.0.1")
    knot.set("web", "TXT", "still here")
    source = provider(knot)
    source.get_list()
    knot.set("web", "A")
    until(lambda: source.get_list() and source.stale_for)
    assert addresses(source) == ["10.0.0.1"]


def test_a_silent_server_blocks_nobody_and_the_list_stays(knot, caplog):
    knot.set("web", "A", "10.0.0.1")
    source = provider(knot, timeout=2.0)
    source.get_list()
    knot.stop_answering()
    assert slowest_get_list(source, 3.0) < 1.0  # a refresh takes 2.0 s to give up
    until(lambda: source.get_list() and source.stale_for)
    assert addresses(source) == ["10.0.0.1"]
    until(lambda: "refresh failed" in caplog.text)
    knot.answer_again()
    knot.set("web", "A", "10.0.0.2")
    until(lambda: addresses(source) == ["10.0.0.2"])
    assert source.stale_for == 0.0


def test_a_killed_server_that_comes_back_is_used_again(knot):
    knot.set("web", "A", "10.0.0.1")
    source = provider(knot)
    source.get_list()
    knot.kill()
    until(lambda: source.get_list() and source.stale_for)
    assert addresses(source) == ["10.0.0.1"]
    knot.start()
    knot.set("web", "A", "10.0.0.2")
    until(lambda: addresses(source) == ["10.0.0.2"])


def test_without_a_list_a_silent_server_is_an_error_after_the_timeout(knot):
    knot.stop_answering()
    source = provider(knot)
    start = time.monotonic()
    with pytest.raises(ProviderError, match=f"{knot.address} did not answer within 0.5 s"):
        source.get_list()
    assert 0.9 < time.monotonic() - start < 10
    knot.answer_again()
    knot.set("web", "A", "10.0.0.1")
    pause(1.0)  # as long as the failure is remembered
    assert addresses(source) == ["10.0.0.1"]


def test_without_a_list_a_name_that_does_not_exist_is_an_error(knot):
    with pytest.raises(ProviderError, match=f"{NAME} does not exist .asked {knot.address} for A "):
        provider(knot).get_list()


@pytest.mark.parametrize(("name", "kinds"), [(NAME, "A or AAAA"), (SRV, "SRV")])
def test_a_name_that_exists_without_such_records_has_no_hosts_and_that_is_told(
    knot, caplog, name, kinds
):
    knot.set(f"{name}.", "TXT", "still here")
    assert provider(knot, name).get_list() == ()
    (warning,) = caplog.messages
    assert warning.endswith(f": {name} exists, but has no {kinds} records (asked {knot.address})")


@pytest.mark.parametrize("name", ["web.another.test.", "_http._tcp.another.test."])
def test_a_name_that_the_server_does_not_serve_is_an_error_that_says_so(knot, name):
    with pytest.raises(ProviderError, match=rf"{knot.address} refuses .*REFUSED.* of {name[:-1]}$"):
        provider(knot, name).get_list()


def test_when_queries_of_one_family_are_lost_its_known_addresses_stay(knot):
    knot.set("web", "A", "10.0.0.1")
    knot.set("web", "AAAA", "::1")
    with Counter(knot) as counter:
        source = provider(counter)
        assert addresses(source) == ["10.0.0.1", "::1"]
        counter.swallowed.add("AAAA")
        knot.set("web", "A", "10.0.0.2")
        until(lambda: addresses(source) == ["10.0.0.2", "::1"])
