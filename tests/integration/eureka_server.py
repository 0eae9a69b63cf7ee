"""A registry that follows Eureka's REST operations, as a process: `python eureka_server.py PORT`.

See https://github.com/Netflix/eureka/wiki/Eureka-REST-operations. Debian has no Eureka.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Applications(BaseHTTPRequestHandler):
    """Applications and their instances, in memory, without leases."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    apps = {}

    def _parts(self):
        """What follows /eureka/apps in the path."""
        path = self.path.partition("?")[0].strip("/").split("/")
        return path[2:] if path[:2] == ["eureka", "apps"] else None

    def do_GET(self):
        parts = self._parts()
        if parts == []:
            every = [self._application(name) for name in self.apps]
            self._answer(200, {"applications": {"versions__delta": "1", "application": every}})
        elif parts is not None and len(parts) == 1 and self.apps.get(parts[0]):
            self._answer(200, {"application": self._application(parts[0])})
        else:
            self._answer(404)

    def _application(self, name):
        instances = list(self.apps[name].values())
        # As its JSON is made of XML, a list of one is none.
        return {"name": name, "instance": instances[0] if len(instances) == 1 else instances}

    def do_POST(self):
        (name,) = self._parts()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        instance = body["instance"]
        self.apps.setdefault(name.upper(), {})[instance["instanceId"]] = instance
        self._answer(204)

    def do_PUT(self):
        name, instance, *rest = self._parts()
        known = self.apps.get(name.upper(), {}).get(instance)
        if known is not None and rest == ["status"]:
            known["status"] = self.path.partition("value=")[2].partition("&")[0]
        self._answer(404 if known is None else 200)

    def do_DELETE(self):
        name, instance = self._parts()
        gone = self.apps.get(name.upper(), {}).pop(instance, None)
        self._answer(404 if gone is None else 200)

    def _answer(self, status, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Applications)
    server.daemon_threads = True
    server.serve_forever(0.02)
