"""A timeout that no socket can wait was accepted, and each call ended in an OverflowError."""

import pytest

from ahoyhoy import Client, LBClientBuilder, ListProvider, RoundRobinLB

TOO_LONG = [float("inf"), 10**10, (3, float("inf")), float("nan")]


@pytest.mark.parametrize("timeout", TOO_LONG, ids=str)
def test_a_builder_refuses_it_with_advice(timeout):
    with pytest.raises(ValueError, match="None for ever"):
        LBClientBuilder().add_timeout(timeout)


@pytest.mark.parametrize("timeout", TOO_LONG, ids=str)
def test_a_client_refuses_it_with_advice(timeout):
    with pytest.raises(ValueError, match="None for ever"):
        Client(RoundRobinLB(ListProvider()), timeout=timeout)
