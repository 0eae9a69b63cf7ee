"""What many tests against real servers need: balancers of a known order, threads, patience."""

import threading
import time

from ahoyhoy import ListProvider, RandomLB


def in_order(*hosts, session=None):
    """A balancer that prefers the first host, then the second …"""
    return RandomLB(ListProvider(*hosts), session=session, random_function=_lowest)


def _lowest(low, _high):
    return low


def together(count, function):
    """What `function(number)` returned or raised in `count` threads that began at once."""
    results = [None] * count
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        try:
            results[number] = function(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def until(condition, seconds=10):
    """Waits for what is sure to happen soon."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "did not happen"
        pause(0.005)


def pause(seconds):
    """Lets time pass."""
    threading.Event().wait(seconds)


def counts(cluster):
    """How many requests each server read."""
    return [node.count for node in cluster]


def circuits(client):
    """The state of each host's circuit."""
    return [host.circuit for host in client.hosts()]


def paths(node):
    """What a server was asked for."""
    return [(request.method, request.path) for request in node.requests]
