import logging

import pytest

from ahoyhoy._core import Deadline
from ahoyhoy.retries import Retry


class Flaky:
    """Raises so many times, then returns its arguments."""

    def __init__(self, failures, error=ValueError):
        self.failures = failures
        self.error = error
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error(f"failure {self.calls}")
        return args, kwargs


def run(flaky, **options):
    pauses = []
    result = Retry(sleep=pauses.append, **options)(flaky)
    return result, pauses


def test_it_passes_the_arguments_on():
    retry = Retry()
    assert retry(Flaky(0), fargs=(1, 2), fkwargs={"a": 3}) == ((1, 2), {"a": 3})
    assert retry(Flaky(0), [1]) == ((1,), {})
    assert retry(Flaky(0)) == ((), {})


def test_by_default_it_goes_on_without_end_and_without_a_pause():
    flaky = Flaky(500)
    _, pauses = run(flaky)
    assert flaky.calls == 501
    assert pauses == [0] * 500


@pytest.mark.parametrize(("failures", "tries", "calls"), [(1, 2, 2), (2, 3, 3), (0, 1, 1)])
def test_it_returns_the_first_result(failures, tries, calls):
    flaky = Flaky(failures)
    run(flaky, tries=tries)
    assert flaky.calls == calls


@pytest.mark.parametrize("tries", [1, 2, 5])
def test_it_raises_what_came_last_after_so_many_tries_in_all(tries):
    flaky = Flaky(99)
    with pytest.raises(ValueError, match=f"^failure {tries}$"):
        run(flaky, tries=tries)
    assert flaky.calls == tries


def test_it_can_be_used_again():
    retry = Retry(tries=3, sleep=lambda _: None)
    for _ in range(3):
        flaky = Flaky(2)
        retry(flaky)
        assert flaky.calls == 3


@pytest.mark.parametrize(
    ("options", "pauses"),
    [
        ({}, [0, 0, 0, 0]),
        ({"delay": 1}, [1, 1, 1, 1]),
        ({"delay": 1, "backoff": 2}, [1, 2, 4, 8]),
        ({"delay": 1, "backoff": 2, "max_delay": 3}, [1, 2, 3, 3]),
        ({"delay": 1, "jitter": 0.5}, [1, 1.5, 2, 2.5]),
        ({"delay": 1, "backoff": 2, "jitter": 1}, [1, 3, 7, 15]),
        ({"delay": 1, "jitter": (0.5, 0.5)}, [1, 1.5, 2, 2.5]),
        ({"delay": 2, "jitter": -1}, [2, 1, 0, 0]),
        ({"delay": 5, "max_delay": 3}, [5, 3, 3, 3]),  # as the `retry` package: not the first
        ({"delay": 2, "backoff": 0.5}, [2, 1, 0.5, 0.25]),
    ],
    ids=str,
)
def test_the_pauses(options, pauses):
    assert run(Flaky(4), **options)[1] == pauses


def test_jitter_from_a_range_is_drawn_each_time():
    pauses = run(Flaky(40), jitter=(1, 2), backoff=0)[1]
    assert pauses[0] == 0
    assert all(1 <= pause <= 2 for pause in pauses[1:])
    assert len(set(pauses)) > 20


@pytest.mark.parametrize("exceptions", [KeyError, (KeyError, OSError), ()])
def test_other_exceptions_are_raised_at_once(exceptions):
    flaky = Flaky(1)
    with pytest.raises(ValueError, match="failure 1"):
        run(flaky, exceptions=exceptions)
    assert flaky.calls == 1


@pytest.mark.parametrize("exceptions", [ValueError, (KeyError, ValueError), Exception])
def test_these_exceptions_are_tried_again(exceptions):
    flaky = Flaky(2)
    run(flaky, exceptions=exceptions)
    assert flaky.calls == 3


def test_an_interruption_is_not_tried_again():
    flaky = Flaky(1, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run(flaky)
    assert flaky.calls == 1


def test_each_repeated_try_is_one_warning_without_the_errors_text(caplog):
    run(Flaky(2), delay=0.25)
    assert [(r.name, r.levelname, r.message) for r in caplog.records] == [
        ("ahoyhoy.retry", "WARNING", "ValueError, tried again in 0.250 s"),
    ] * 2


def test_it_logs_where_it_is_told_to_or_nowhere(caplog):
    run(Flaky(1), logger=logging.getLogger("mine"))
    run(Flaky(1), logger=None)
    assert [r.name for r in caplog.records] == ["mine"]


def test_a_retry_function_of_ones_own_gets_the_options_that_were_given_and_no_others():
    def mine(f, fargs=None, fkwargs=None, attempts=3):
        return f, fargs, fkwargs, attempts

    assert Retry(mine, attempts=5)(len, fargs=("abc",)) == (len, ("abc",), None, 5)
    assert Retry(retry_func=mine)(len, fkwargs={}) == (len, None, {}, 3)


def test_a_retry_function_of_ones_own_gets_tries_as_it_was_given():
    def mine(f, fargs=None, fkwargs=None, **options):
        return options

    assert Retry(mine, tries=2, delay=2)(len) == {"tries": 2, "delay": 2}


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"tries": 0}, ValueError, "at least 1, or -1"),
        ({"tries": -2}, ValueError, "at least 1, or -1"),
        ({"delay": -1}, ValueError, "seconds from 0 up"),
        ({"max_delay": -1}, ValueError, "seconds from 0 up"),
        ({"attempts": 3}, TypeError, "no option attempts"),
    ],
)
def test_a_wrong_option_is_named(options, error, text):
    with pytest.raises(error, match=text):
        Retry(**options)


@pytest.mark.parametrize(
    ("left", "calls", "slept"), [(10.0, 4, [1, 1, 1]), (2.5, 3, [1, 1]), (1.0, 1, []), (0.0, 1, [])]
)
def test_within_a_deadline_no_pause_is_begun_that_would_outlast_it(clock, left, calls, slept):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        clock.advance(seconds)

    retry, flaky = Retry(tries=4, delay=1, sleep=sleep), Flaky(99)
    with pytest.raises(ValueError, match="failure"):
        retry.within(Deadline.after(left, clock).remaining)(flaky)
    assert flaky.calls == calls
    assert pauses == slept
    with pytest.raises(ValueError, match="failure"):  # itself it knows of no deadline
        retry(Flaky(99))
    assert len(pauses) == len(slept) + 3
