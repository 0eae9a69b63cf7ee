"""The registry of `eureka_server.py`, with leases that expire: `python eureka_leases.py PORT`."""

import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from eureka_server import Applications


class Leases(Applications):
    """Drops instances whose lease is over, when it is asked; tells of a single one."""

    renewed = {}
    lock = threading.Lock()

    def _expire(self):
        with self.lock:
            for name, instances in self.apps.items():
                for key, instance in list(instances.items()):
                    lease = instance.get("leaseInfo", {}).get("durationInSecs", 90)
                    if time.monotonic() - self.renewed[name, key] > lease:
                        del instances[key]

    def do_GET(self):
        self._expire()
        parts = self._parts()
        if parts is None or len(parts) != 2:
            super().do_GET()
            return
        found = self.apps.get(parts[0], {}).get(parts[1])
        self._answer(404) if found is None else self._answer(200, {"instance": found})

    def do_POST(self):
        super().do_POST()
        (name,) = self._parts()
        for key in self.apps[name]:
            self.renewed.setdefault((name, key), time.monotonic())
        self.renewed.update({k: time.monotonic() for k in self.renewed if k[0] == name})

    def do_PUT(self):
        self._expire()
        name, key, *_ = self._parts()
        self.renewed[name, key] = time.monotonic()
        super().do_PUT()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Leases)
    server.daemon_threads = True
    server.serve_forever(0.02)
