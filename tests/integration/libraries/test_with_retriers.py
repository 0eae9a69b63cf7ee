"""Libraries that repeat calls around, or below, what balances: tenacity, and urllib3's Retry."""

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import ahoyhoy
from ahoyhoy.circuit import BreakerFactory
from integration.libraries.service import URL, asked, in_turn, needed, refuse

tenacity = needed("tenacity")


def test_calls_are_repeated_around_attempts(users, servers):
    refuse(*servers)

    @tenacity.retry(stop=tenacity.stop_after_attempt(2), retry_error_callback=lambda s: s.outcome)
    def call():
        users.get(URL).raise_for_status()

    with pytest.raises(requests.HTTPError, match="503"):
        call().result()
    assert len(asked(servers)) == 6


def test_a_circuit_that_is_open_is_an_error_like_others_to_them(servers):
    balancer = in_turn(servers)
    with ahoyhoy.Session(
        {"users": balancer}, breaker=BreakerFactory(failure_threshold=1)
    ) as session:
        for server in servers:
            server.set(fault="reset")
        errors = []
        repeating = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(3),
            retry=tenacity.retry_if_exception_type(requests.ConnectionError),
            after=lambda state: errors.append(type(state.outcome.exception())),
            reraise=True,
        )
        with pytest.raises(requests.ConnectionError):
            repeating(session.post, URL)
    assert len(errors) == 3


def test_an_adapter_that_repeats_by_itself_does_so_below_each_attempt(servers):
    refuse(*servers)
    with ahoyhoy.Session({"users": in_turn(servers)}) as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503])))
        with pytest.raises(requests.exceptions.RetryError):
            session.get(URL)
    counts = [server.count for server in servers]
    assert sorted(counts) == [2, 4]


def test_what_repeats_below_may_succeed_there(servers):
    with ahoyhoy.Session({"users": in_turn(servers)}) as session:
        session.mount("http://users/", HTTPAdapter(max_retries=Retry(2)))
        for _ in range(4):
            assert session.get(URL).ok
    assert [server.count for server in servers] == [2, 2]
