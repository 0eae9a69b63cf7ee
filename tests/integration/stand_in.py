"""An HTTP server that answers as the test says: what no registry here can be brought to say."""

import contextlib
import http.server
import json
import threading
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """A request; `query` has one value for each name."""

    method: str
    path: str
    query: dict
    headers: object
    body: bytes


class StandIn:
    """A server on loopback. `answer(asked)` returns a status, headers, and a body or parts of one.

    A body that is no bytes is sent as JSON; of an iterator each part is sent as a chunk, at once.
    """

    def __init__(self, answer):
        self.asked = []
        stand_in = self

        class OneAsker(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def handle_one_request(self):
                with contextlib.suppress(OSError):  # whoever asked has left
                    super().handle_one_request()

            def do(self):
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(self.command, parts.path, query, self.headers, body)
                stand_in.asked.append(asked)
                status, headers, body = answer(asked)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if hasattr(body, "__next__"):
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for part in body:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                        self.wfile.flush()
                    self.wfile.write(b"0\r\n\r\n")
                    return
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if status not in (204, 304):
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneAsker)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self):
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextlib.contextmanager
def answering(*answers, **headers):
    """A stand-in that gives these bodies, one after the other; the last one for ever.

    An integer is a status; headers are given as `X_Consul_Index="7"`.
    """
    left = list(answers)
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(_asked):
        body = left.pop(0) if len(left) > 1 else left[0]
        return (body, named, b"no") if isinstance(body, int) else (200, named, body)

    with StandIn(answer) as server:
        yield server
