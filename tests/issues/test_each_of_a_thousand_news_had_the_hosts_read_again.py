"""Whoever wrote a thousand hosts into Redis had each client read all of them a thousand times."""

import threading

from integration.redis_server import Redis
from unit.scripted_source import eventually

NEWS = 2000


def readings(server):
    return server.client.info("commandstats").get("cmdstat_hgetall", {}).get("calls", 0)


def readings_at_last(server):
    """When there have been no more for a while."""
    last = -1
    while last != (last := readings(server)):
        threading.Event().wait(0.3)
    return last


def test_news_that_come_together_are_read_together():
    with Redis(settings=["--notify-keyspace-events", "KA"]) as server:
        server.register(1)
        provider = server.watched(interval=60.0)
        assert len(provider.get_list()) == 1
        before = readings(server)
        pipeline = server.client.pipeline(transaction=True)
        for number in range(NEWS):
            pipeline.hset("services:users", str(number), f"10.1.{number >> 8}.{number & 255}:80")
        pipeline.execute()
        eventually(lambda: len(provider.get_list()) >= NEWS)
        assert readings_at_last(server) - before < NEWS / 10
        provider.close()
