"""What goes out of one service comes into the next, and never grows on the way."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy._core import Call, Deadline
from ahoyhoy.propagation import Propagation, ambient_deadline, deadline
from ahoyhoy.propagation.admission import Admission, Refusal
from ahoyhoy.propagation.headers import TIMEOUTS, format_timeout, parse_timeout
from ahoyhoy.testing.clock import FakeClock

SECONDS = st.floats(0.001, 1e9)
#: How much is lost by rounding down, at most.
STEP = {"X-Request-Timeout": 1e-6, "x-envoy-expected-rq-timeout-ms": 1e-3}


@pytest.mark.parametrize("header", TIMEOUTS)
@given(seconds=SECONDS)
def test_what_is_read_is_never_longer_than_what_was_written_and_little_less(header, seconds):
    read = parse_timeout(header, format_timeout(header, seconds), cap=1e12)
    # gRPC's eight digits lose up to a millionth once there are seven of them.
    assert seconds - max(STEP.get(header, 0), seconds * 2e-5) <= read <= seconds


@pytest.mark.parametrize("header", TIMEOUTS)
@given(value=st.one_of(st.text(), st.floats().map(str), st.integers().map(str)))
def test_whatever_comes_is_read_as_seconds_up_to_the_cap_or_refused(header, value):
    with contextlib.suppress(ValueError):
        assert 0 <= parse_timeout(header, value, cap=60.0) <= 60.0


@pytest.mark.parametrize("header", TIMEOUTS)
@given(seconds=st.floats(0.01, 3000), hops=st.lists(st.floats(0, 100), max_size=6))
def test_along_a_chain_of_services_the_time_left_only_shrinks(header, seconds, hops):
    """Each has a clock of its own; none answers after its caller stopped waiting."""
    clocks = [FakeClock(1000.0 * number) for number in range(len(hops) + 1)]
    left = Deadline.after(seconds, clocks[0])
    for spent, before, here in zip(hops, clocks, clocks[1:], strict=False):
        before.advance(spent)
        if left.is_too_near:
            break  # not sent
        call = Propagation(timeout=header)(Call("GET", "/", deadline=left))
        terms = Admission(clock=here).admit(call.options["headers"].get)
        if isinstance(terms, Refusal):
            break
        # To the grain of a clock that counts thousands of seconds in a float.
        assert terms.deadline.remaining() <= left.remaining() + 1e-9
        left = terms.deadline


@given(st.lists(st.tuples(SECONDS, st.integers(0, 2), st.floats(0, 10)), max_size=8))
def test_nested_blocks_never_lengthen_what_is_left(blocks):
    clocks = [FakeClock(start) for start in (0.0, 5.0, 1e6)]
    with contextlib.ExitStack() as stack:
        least = float("inf")
        for seconds, which, pause in blocks:
            in_force = stack.enter_context(deadline(seconds, clock=clocks[which]))
            least = min(least, seconds)
            assert in_force.remaining() <= least * (1 + 1e-9) + 1e-6
            for clock in clocks:
                clock.advance(pause)
                assert ambient_deadline(clock).clock is clock
            least = max(0.0, least - pause)
    assert ambient_deadline(clocks[0]) is None
