"""A nightly job: copies users from a service into a file, page by page.

It runs as it stands, against three servers that it starts itself, of which one is killed at once.
In a job of yours the provider is, for example, `DnsProvider("users.internal", 8080)`.
"""

import json
import logging
import sys

import requests

from ahoyhoy import LBClientBuilder, ListProvider, PeakEwmaLB, RetryPolicy
from ahoyhoy.testing import Cluster

PAGES = 5


def client_of(provider):
    """A job has time: more attempts than a web page would make, and longer timeouts."""
    return (
        LBClientBuilder()
        .add_lb(PeakEwmaLB(provider))
        .add_name("users")
        .add_headers({"User-Agent": "cron-sync"})
        .add_timeout((3, 60))
        .add_retries(RetryPolicy(attempts=5))
        .build()
    )


def sync(users, path):
    """Writes one line per page; returns how many."""
    with open(path, "w") as file:
        for page in range(1, PAGES + 1):
            answer = users.get("/users", params={"page": page})
            answer.raise_for_status()  # a 404 is an answer: nobody else raises it
            file.write(json.dumps(answer.json()) + "\n")
    return PAGES


def main():
    logging.basicConfig(level=logging.WARNING)
    with Cluster(3) as servers, client_of(ListProvider(*servers.hosts)) as users:
        servers[0].kill()
        try:
            pages = sync(users, "users.jsonl")
        except requests.RequestException as error:
            sys.exit(f"sync failed: {error}")  # the text tells every attempt
        # One more, to say that it is done. The key lets the service tell a repeat apart.
        users.post("/syncs", json={"pages": pages}, headers={"Idempotency-Key": "2026-01-31"})
        print(f"{pages} pages, {users.stats().attempts} attempts for {users.stats().calls} calls")


if __name__ == "__main__":
    main()
