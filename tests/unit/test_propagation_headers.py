import pytest

from ahoyhoy.propagation.headers import (
    ENVOY_TIMEOUT,
    GRPC_TIMEOUT,
    REQUEST_TIMEOUT,
    format_timeout,
    parse_timeout,
)


@pytest.mark.parametrize(
    ("seconds", "decimal", "grpc", "envoy"),
    [
        (0.0, "0.000000", "1n", "1"),
        (1e-9, "0.000000", "1n", "1"),
        (0.0000015, "0.000001", "1500n", "1"),
        (0.0999999999, "0.099999", "99999999n", "99"),
        (0.1, "0.100000", "100000u", "100"),
        (2.5, "2.500000", "2500000u", "2500"),
        (1.9999999, "1.999999", "1999999u", "1999"),
        (99.999999, "99.999999", "99999999u", "99999"),
        (100, "100.000000", "100000m", "100000"),
        (3600.0, "3600.000000", "3600000m", "3600000"),
        (100_000.0, "100000.000000", "100000S", "100000000"),
        (6e9, "6000000000.000000", "1666666H", "6000000000000"),
        (5e9, "5000000000.000000", "83333333M", "5000000000000"),
        (1e15, "1000000000000000.000000", "99999999H", "1000000000000000000"),
    ],
)
def test_seconds_are_written_rounded_down(seconds, decimal, grpc, envoy):
    assert format_timeout(REQUEST_TIMEOUT, seconds) == decimal
    assert format_timeout(GRPC_TIMEOUT, seconds) == grpc
    assert format_timeout(ENVOY_TIMEOUT, seconds) == envoy


@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [
        (REQUEST_TIMEOUT, "2.5", 2.5),
        (REQUEST_TIMEOUT, "2", 2.0),
        (REQUEST_TIMEOUT, "2.", 2.0),
        (REQUEST_TIMEOUT, " 2.5\t", 2.5),
        (REQUEST_TIMEOUT, "4.999795575000007", 4.999795575000007),
        (REQUEST_TIMEOUT, "5e-05", 0.00005),
        (REQUEST_TIMEOUT, "1E+2", 100.0),
        (REQUEST_TIMEOUT, "0", 0.0),
        (REQUEST_TIMEOUT, "1e300", 3600.0),
        (REQUEST_TIMEOUT, "3600.1", 3600.0),
        (GRPC_TIMEOUT, "2500m", 2.5),
        (GRPC_TIMEOUT, "00000001S", 1.0),
        (GRPC_TIMEOUT, "1M", 60.0),
        (GRPC_TIMEOUT, "1H", 3600.0),
        (GRPC_TIMEOUT, "1u", 0.000001),
        (GRPC_TIMEOUT, "0n", 0.0),
        (GRPC_TIMEOUT, "99999999H", 3600.0),
        (ENVOY_TIMEOUT, "2500", 2.5),
        (ENVOY_TIMEOUT, "0", 0.0),
        (ENVOY_TIMEOUT, "1" * 300, 3600.0),
    ],
)
def test_what_is_in_form_is_read_up_to_the_cap(header, value, seconds):
    assert parse_timeout(header, value) == seconds


def test_the_cap_is_an_argument():
    assert parse_timeout(REQUEST_TIMEOUT, "30", cap=20.0) == 20.0
    assert parse_timeout(REQUEST_TIMEOUT, "7200", cap=9000.0) == 7200.0


JUNK = ["", " ", "-1", "-0", "+1", "inf", "nan", "Infinity", "soon", "1,2", "1 2", "\u0661", "0x1"]


@pytest.mark.parametrize("value", [*JUNK, "1_0", ".5", "1e", "1e400", "1.5s", "1\n"])
def test_junk_is_no_number_of_seconds(value):
    with pytest.raises(
        ValueError, match=r"X-Request-Timeout must be seconds from 0 up, such as 2\.5"
    ):
        parse_timeout(REQUEST_TIMEOUT, value)


@pytest.mark.parametrize(
    "value", [*JUNK, "1", "S", "1s", "1.5S", "123456789n", "1 S", "-1S", "\u0661S", "1S,2S"]
)
def test_junk_is_no_grpc_timeout(value):
    with pytest.raises(ValueError, match="grpc-timeout must be at most 8 digits and a unit"):
        parse_timeout(GRPC_TIMEOUT, value)


@pytest.mark.parametrize("value", [*JUNK, "1.5", "1e3", "15ms", "1_000", "1" * 400, "9" * 6000])
def test_junk_is_no_number_of_milliseconds(value):
    with pytest.raises(ValueError, match="x-envoy-expected-rq-timeout-ms must be whole millisec"):
        parse_timeout(ENVOY_TIMEOUT, value)


def test_what_came_is_not_repeated_in_the_error():
    with pytest.raises(ValueError, match="must be") as caught:
        parse_timeout(REQUEST_TIMEOUT, "<script>")
    assert "script" not in str(caught.value)
