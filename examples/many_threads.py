"""Many threads share one client while a server dies and comes back: nobody gets an error."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ahoyhoy import LBClientBuilder, ListProvider, PeakEwmaLB
from ahoyhoy.testing import Cluster

THREADS = 8
CALLS = 200


def main():
    with (
        Cluster(3) as servers,
        LBClientBuilder().add_lb(PeakEwmaLB(ListProvider(*servers.hosts))).build() as users,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        for moment, act in (
            ("all are well", lambda: None),
            ("one was killed", servers[0].kill),
            ("it is back", servers[0].restart),
        ):
            act()
            responses = threads.map(lambda number: users.get(f"/users/{number}"), range(CALLS))
            codes = Counter(response.status_code for response in responses)
            circuits = [stats.circuit for stats in users.hosts()]
            print(f"{moment}: answers {dict(codes)}, circuits {circuits}")
        while any(stats.circuit != "closed" for stats in users.hosts()):
            list(threads.map(users.get, ["/users/1"] * 10))
        print(f"all circuits are closed again: {users.stats()}")


if __name__ == "__main__":
    main()
