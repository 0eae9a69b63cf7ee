"""A relay in front of ZooKeeper that knows one request from another."""

import contextlib
import socket
import struct
import threading

# The kinds of requests.
READ, LIST, CLOSE, PING, TOGETHER, WATCH = 4, 8, -11, 11, 22, 101
UNIMPLEMENTED = -6


def frames(connection):
    """What comes over it, one request or answer after the other, until it is closed."""
    with contextlib.suppress(OSError), connection.makefile("rb") as stream:
        while len(header := stream.read(4)) == 4:
            yield stream.read(*struct.unpack("!i", header))


def send(connection, content):
    with contextlib.suppress(OSError):
        connection.sendall(struct.pack("!i", len(content)) + content)


class Relay:
    """Passes on requests and answers, and lets something happen before it does.

    Args:
        port: of the server, on 127.0.0.1.
        unknown: kinds of requests that the server is not to know.

    Attributes:
        asked: the kinds of the requests so far, but for pings and goodbyes.
        before: what is to happen, once, before the next request of a kind is passed on.
        after: the same before its answer is.
    """

    def __init__(self, port, *, unknown=()):
        self._behind = ("127.0.0.1", port)
        self._unknown = unknown
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = []
        self._threads = []
        self._over = False
        self.address = "127.0.0.1:{1}".format(*self._listener.getsockname())
        self.asked = []
        self.before = {}
        self.after = {}

    def cut(self):
        """End all connections."""
        self._end(*self._open)

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            self._open.append(client)
            if self._over:
                return
            server = socket.create_connection(self._behind)
            self._open.append(server)
            kinds = {}
            self._run(self._pass_requests, client, server, kinds)
            self._run(self._pass_answers, client, server, kinds)

    def _pass_requests(self, client, server, kinds):
        requests = frames(client)
        send(server, next(requests, b""))  # to connect: it has no number
        for request in requests:
            number, kind = struct.unpack_from("!ii", request)
            if kind not in (PING, CLOSE):
                self.asked.append(kind)
            kinds[number] = kind
            self.before.pop(kind, lambda: None)()
            if kind in self._unknown:
                # As servers do: at once, whatever else they have not answered yet.
                send(client, struct.pack("!iqi", number, 0, UNIMPLEMENTED))
                break
            send(server, request)
        self._end(client, server)

    def _pass_answers(self, client, server, kinds):
        answers = frames(server)
        send(client, next(answers, b""))
        for answer in answers:
            kind = kinds.pop(struct.unpack_from("!i", answer)[0], None)
            self.after.pop(kind, lambda: None)()
            send(client, answer)
        self._end(client, server)

    def _end(self, *ends):
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _run(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def __enter__(self):
        self._run(self._accept)
        return self

    def __exit__(self, *_):
        self._over = True
        socket.create_connection(self._listener.getsockname()).close()
        self._threads[0].join()
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in (*self._open, self._listener):
            end.close()
