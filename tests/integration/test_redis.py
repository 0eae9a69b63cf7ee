"""What is particular to Redis: kinds of keys, what it tells of, who may read, TLS."""

import json

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import RedisProvider, optional
from ahoyhoy.lb.providers.redis import source as redis_source
from integration.redis_server import Redis
from integration.registries import hosts, ports, told
from integration.server_process import free_port, pause, until


@pytest.fixture(scope="module")
def server():
    with Redis(settings=["--notify-keyspace-events", "KA"]) as server:
        yield server


@pytest.fixture
def watching(server):
    made = []

    def begin(key, **options):
        made.append(RedisProvider(key, **{"url": server.url, **options}))
        return made[-1]

    yield begin
    for source in made:
        source.close()


FIRST, SECOND = "10.0.0.1:80", json.dumps({"host": "10.0.0.2", "port": 80})


def test_a_record_in_each_field_or_member(server, watching):
    client = server.client
    client.hset("kinds:hash", mapping={"a": FIRST, "b": SECOND})
    client.sadd("kinds:set", FIRST, SECOND)
    client.zadd("kinds:zset", {FIRST: 1, SECOND: 2})
    client.rpush("kinds:list", FIRST, SECOND)
    client.set("kinds:json", json.dumps([FIRST, json.loads(SECOND)]))
    client.set("kinds:commas", "10.0.0.1:80, 10.0.0.2:80")
    for kind in ("hash", "set", "zset", "list", "json", "commas"):
        assert hosts(watching(f"kinds:{kind}")) == ["10.0.0.1:80", "10.0.0.2:80"]
    client.set("kinds:one", SECOND)
    assert hosts(watching("kinds:one")) == ["10.0.0.2:80"]


def test_more_news_than_are_taken_together_are_not_lost(server, watching, monkeypatch):
    monkeypatch.setattr(redis_source, "_TOGETHER", 1)
    server.client.hset("many", "0", "10.0.0.1:1")
    source = watching("many", interval=60)
    assert ports(source) == [1]
    pipeline = server.client.pipeline()
    for number in range(2, 12):
        pipeline.hset("many", str(number), f"10.0.0.1:{number}")
    pipeline.execute()
    until(lambda: sorted(ports(source)) == list(range(1, 12)))
    pause(0.2)  # the rest of the news, which say nothing new
    assert sorted(ports(source)) == list(range(1, 12))


def test_a_change_is_seen_at_once_where_redis_tells_of_it(server, watching):
    server.client.hset("told", "a", "10.0.0.1:1")
    source = watching("told", interval=60)
    assert ports(source) == [1]
    server.client.hset("told", "a", "10.0.0.1:2")
    until(lambda: ports(source) == [2])
    server.client.delete("told")
    until(lambda: source.stale_for)
    assert ports(source) == [2]


def test_elsewhere_it_is_seen_at_the_next_reading_or_when_somebody_says_so(watching):
    with Redis() as server:
        server.client.hset("quiet", "a", "10.0.0.1:1")
        slow = watching("quiet", url=server.url, interval=60)
        fast = watching("quiet", url=server.url, interval=0.1)
        assert ports(slow) == ports(fast) == [1]
        server.client.hset("quiet", "a", "10.0.0.1:2")
        until(lambda: ports(fast) == [2])
        pause(0.1)
        assert ports(slow) == [1]
        server.client.publish("quiet", "")
        until(lambda: ports(slow) == [2])


def test_a_record_that_cannot_be_read_is_left_out_and_named(server, watching, caplog):
    server.client.hset("bad", mapping={"a": FIRST, "b": "what is this"})
    server.client.set("worse", "[what is this")
    assert hosts(watching("bad")) == ["10.0.0.1:80"]
    assert "redis://bad: left out: 'bad b': " in caplog.text
    text = told(watching("worse"), ProviderError)
    assert "none of the 1 records in 'worse' is a host in service" in text


def test_a_key_that_is_not_there_or_is_of_another_kind(server, watching):
    source = watching("later", interval=60)
    assert told(source, ProviderError) == "redis://later: Redis has no key 'later'"
    server.client.sadd("later", FIRST)
    until(source.changes)
    assert ports(source) == [80]
    server.client.xadd("stream", {"a": "b"})
    assert "the key 'stream' of Redis is a stream" in told(watching("stream"))


def test_who_may_not_read_is_refused(watching):
    with Redis(password="secret") as server:
        server.client.hset("users", "a", FIRST)
        user = ["user", "on", ">pass", "resetkeys", "~users", "allchannels", "+@all"]
        server.client.execute_command("ACL", "SETUSER", *user)
        at = server.address
        assert "Redis refuses the user" in told(watching("users", url=server.url))
        wrong = watching("users", url=f"redis://:wrong@{at}")
        text = told(wrong)
        assert "Redis refuses the user" in text
        assert "wrong" not in text + repr(wrong)
        assert ports(watching("users", url=f"redis://:secret@{at}")) == [80]
        assert ports(watching("users", url=f"redis://user:pass@{at}/0")) == [80]
        assert "no permissions" in told(watching("orders", url=f"redis://user:pass@{at}/0"))


def test_what_redis_cannot_do_may_pass(watching):
    with Redis(settings=["--rename-command", "TYPE", ""]) as server:
        text = told(watching("users", url=server.url), ProviderError)
        assert "Redis answered: unknown command" in text


def test_one_that_is_down(watching):
    text = told(watching("users", url=f"redis://127.0.0.1:{free_port()}"), ProviderError)
    assert text.startswith("redis://users: Redis cannot be reached: ")
    assert "refused" in text


def test_tls(certificate, ca_file, watching):
    own = certificate("127.0.0.1")
    with Redis(certificate=own, ca_file=ca_file) as server:
        server.client.hset("users", "a", FIRST)
        for verify in (ca_file, False):
            source = watching("users", url=server.url, verify=verify, cert=own)
            assert ports(source) == [80]
            source.close()
        assert "TLS: its certificate is refused" in told(watching("users", url=server.url))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"key": ""}, "key is that of the hosts"),
        ({"key": None}, "key is that of the hosts"),
        ({"url": "http://h"}, "url begins with redis://"),
        ({"url": None}, "url begins with redis://"),
        ({"url": "redis://h:x"}, "url is written redis"),
        ({"url": "rediss://h", "verify": "/none"}, "there is no such file"),
        ({"url": "rediss://h", "cert": ("/none", "/none")}, "there is no such file"),
        ({"interval": 0}, "interval must be"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, text):
    with pytest.raises(ValueError, match=text):
        RedisProvider(**{"key": "users", **arguments})


def test_without_redis_the_error_names_the_extra(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(optional, "import_module", missing)
    with pytest.raises(ImportError, match=r"redis is needed: pip install 'ahoyhoy\[redis\]'"):
        RedisProvider("users")
