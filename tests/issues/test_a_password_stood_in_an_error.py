"""A password with a slash in it, or in a record, was repeated by the error as a port or a host."""

import pytest

from ahoyhoy.lb.providers import ConsulProvider, RedisProvider, ZooKeeperProvider
from ahoyhoy.lb.providers.watching.records import instance_of

SECRET = "hunter2"


@pytest.mark.parametrize(
    "read",
    [
        lambda: ConsulProvider("u", address=f"https://user:{SECRET}/x@h:80"),
        lambda: RedisProvider("u", url=f"redis://user:{SECRET}/x@h"),
        lambda: RedisProvider("u", url=f"redis://user:{SECRET}#x@h"),
        lambda: ZooKeeperProvider("/u", address=f"user:{SECRET}@h:1"),
        lambda: instance_of(f"http://user:{SECRET}@h:80", "/k"),
        lambda: instance_of(f"user:{SECRET}@h:80", "/k"),
        lambda: instance_of(f'{{"password": "{SECRET}"}}', "/k"),
    ],
)
def test_it_is_not_repeated(read):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - whatever it says
        read()
    assert SECRET not in str(caught.value)
    assert str(caught.value)


def test_a_url_that_has_redis_decode_is_refused_at_once():
    with pytest.raises(ValueError, match="leave it out"):
        RedisProvider("u", url="redis://h?decode_responses=True")
