import math
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy.classifiers.retryafter import retry_after, utc_now


class Answer:
    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def noon():
    return datetime(1994, 11, 6, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("0.2, 100", 100.0),  # sent twice
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("Sun, 06 Nov 1994 12:00:37 GMT", 37.0),
        ("Sunday, 06-Nov-94 12:00:37 GMT", 37.0),  # RFC 850
        ("Sun Nov  6 12:00:37 1994", 37.0),  # asctime
        ("Sun, 06 Nov 1994 12:00:37 -0000", 37.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),  # in the past
        ("-1", None),
        ("+1", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_0", None),
        ("\u0663", None),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        (None, None),
        (7, None),
    ],
)
def test_seconds_and_dates_are_read_and_all_else_is_ignored(text, seconds):
    assert retry_after(Answer(Retry_After=text), noon) == seconds


@pytest.mark.parametrize(
    ("date", "seconds"), [("Sun, 06 Nov 1994 12:00:30 GMT", 7.0), ("yesterday", 37.0)]
)
def test_a_date_counts_from_the_servers_own_clock(date, seconds):
    response = Answer(Retry_After="Sun, 06 Nov 1994 12:00:37 GMT", Date=date)
    assert retry_after(response, noon) == seconds


@pytest.mark.parametrize("response", [None, object(), Answer()])
def test_without_the_header_there_is_nothing(response):
    assert retry_after(response, noon) is None


def test_the_time_of_day_is_utcs():
    in_a_minute = utc_now().timestamp() + 60
    text = format_datetime(datetime.fromtimestamp(in_a_minute, timezone.utc), usegmt=True)
    assert 50 < retry_after(Answer(Retry_After=text)) <= 60


@given(st.text())
def test_whatever_it_says_it_is_a_finite_wait_or_none(text):
    seconds = retry_after(Answer(Retry_After=text, Date=text), noon)
    assert seconds is None or 0 <= seconds < math.inf
