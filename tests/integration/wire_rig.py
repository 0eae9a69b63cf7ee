"""One request made twice, fast and in the stock way, against a server that says scripted bytes."""

import pickle
import re
import socket
import struct
import threading
from contextlib import closing, contextmanager, nullcontext, suppress

import pytest
import requests

import ahoyhoy.http.keepalive
from ahoyhoy.http import KeepAliveAdapter, fast
from ahoyhoy.http.bounds import bounding

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
AGENT = {"User-Agent": "x"}
#: In a script, instead of bytes: what happens to the connection then.
CLOSE, RESET, SILENCE, PAUSE = "close", "reset", "silence", "pause"
_ADDRESS = re.compile("0x[0-9a-f]+")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class ScriptServer:
    """Answers the first request of a connection with OK, the next ones with the script.

    Of a request to `/early` it does not read the body.

    Attributes:
        script: pieces of bytes, and what happens to the connection.
        wire: the requests that came over each connection.
    """

    def __init__(self):
        self.script = []
        self.wire = []
        self._open = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._socks = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        self._open.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for sock in self._socks:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self):
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._socks.append(sock)
                self._threads.append(threading.Thread(target=self._serve, args=(sock,)))
                self._threads[-1].start()

    def _serve(self, sock):
        with closing(sock), suppress(OSError):
            read = [self._read(sock)]
            self.wire.append(read)
            sock.sendall(OK)
            while True:
                read.append(self._read(sock))
                for piece in self.script:
                    if isinstance(piece, bytes):
                        sock.sendall(piece)
                    elif piece == PAUSE:
                        self._open.wait(0.02)
                    else:
                        self._end(sock, piece)
                        return

    def _end(self, sock, how):
        if how == RESET:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == SILENCE:
            with suppress(OSError):
                sock.recv(1)  # until the client leaves

    def _read(self, sock):
        data = b""
        while b"\r\n\r\n" not in data:
            data += _received(sock)
        if b" /early " in data:
            return data.partition(b"\r\n\r\n")[0]
        length = _LENGTH.search(data)
        whole = data.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
        is_chunked = b"chunked\r\n" in data
        while len(data) < whole or (is_chunked and not data.endswith(b"0\r\n\r\n", whole)):
            data += _received(sock)
        return data


def _received(sock):
    data = sock.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


@contextmanager
def script_server():
    server = ScriptServer()
    with closing(server):
        yield server


def counting(patch):
    """Counts what the fast way takes, also in vain: a function that says how many requests."""
    patch.setattr(fast, "ENABLED", True)
    stock, taken = ahoyhoy.http.keepalive.exchange, []

    def counted(*args):
        taken.append(1)
        response = stock(*args)
        if response is None:
            taken.pop()
        return response

    patch.setattr(ahoyhoy.http.keepalive, "exchange", counted)
    return lambda: len(taken)


class Way:
    """One of the two ways to send; `exchanges`: how many requests the fast way took."""

    def __init__(self, server, is_fast, adapter):
        self._server = server
        self._is_fast = is_fast
        self.adapter = adapter
        self.exchanges = 0

    def outcome(self, request, script, first=None, bounds=None, is_peeked=True, **options):
        """All that can be seen of a request on a connection that was used before.

        Args:
            first: the request that was sent there before.
            bounds: of the attempt.
            is_peeked: whether to look at the answer also before its body is read.
        """
        before = len(self._server.wire)
        if first is None:
            first = requests.Request("GET", self._server.url, headers=AGENT).prepare()
        # Into the same pool.
        self.adapter.send(first, verify=options.get("verify", True)).content  # noqa: B018
        self._server.script = script
        with pytest.MonkeyPatch.context() as patch:
            taken = counting(patch)
            patch.setattr(fast, "ENABLED", self._is_fast)
            with nullcontext() if bounds is None else bounding(bounds):
                seen = self._seen(request, options, is_peeked)
            self.exchanges += taken()
        self._server.script = []
        return {**seen, "wire": self._server.wire[before:]}

    def _seen(self, request, options, is_peeked):
        try:
            response = self.adapter.send(request, **options)
        except Exception as error:
            return {"error": seen_of_error(error, request), "pool": self._pool(), "in": "head"}
        head = seen_of_response(response, self.adapter) if is_peeked else None
        try:
            response.content  # noqa: B018 - to read it
        except Exception as error:
            return {"head": head, "error": seen_of_error(error, request), "pool": self._pool()}
        return {
            "head": head,
            "whole": seen_of_response(response, self.adapter),
            "raw": type(response.raw),
            "pickled": _seen_of_pickled(response),
            "pool": self._pool(),
        }

    def _pool(self):
        manager = self.adapter.poolmanager
        return [_seen_of_pool(manager.pools.get(key)) for key in manager.pools.keys()]  # noqa: SIM118


def _seen_of_pool(pool):
    idle = [None if c is None else _seen_of_connection(c) for c in pool.pool.queue]
    return {"idle": idle, "requests": pool.num_requests, "connections": pool.num_connections}


#: What of a connection may differ, or is looked at in another way.
_APART = {"_method", "_HTTPConnection__response", "_used_at", "_is_spent"}
_APART |= {"sock", "begun", "watched"}


def _seen_of_connection(connection):
    assert connection.begun is None
    state = {n: v for n, v in vars(connection).items() if n not in _APART and not callable(v)}
    before, sock = connection._HTTPConnection__response, connection.sock
    timeout = None if sock is None else sock.gettimeout()
    return {**state, "timeout": timeout, "free": before is None or before.isclosed()}


def seen_of_response(response, adapter):
    """All that can be seen of a response."""
    raw = response.raw
    answer = raw._original_response
    return {
        "type": type(response),
        "attributes": sorted(vars(response)),
        "status": (response.status_code, response.reason, response.url, response.encoding),
        "headers": (type(response.headers), list(response.headers._store.items())),
        "content": response._content,
        "consumed": response._content_consumed,
        "cookies": [vars(cookie) for cookie in response.cookies],
        "jar": type(response.cookies),
        "history": response.history,
        "adapter": response.connection is adapter,
        "elapsed": response.elapsed,
        "raw": {
            **{name: value for name, value in vars(raw).items() if _is_comparable(value)},
            "attributes": sorted(vars(raw)),
            "headers": (list(raw.headers.items()), list(raw.headers)),
            "closed": (raw.closed, raw.isclosed(), raw.tell()),
            "retries": raw.retries is adapter.max_retries,
            "released": raw.connection is None,
            "msg": raw.msg,
        },
        "answer": {
            **{n: v for n, v in vars(answer).items() if _is_comparable(v) and n != "arrived"},
            "closed": (answer.closed, answer.isclosed()),
            "headers": answer.headers is answer.msg,
            "items": answer.msg.items(),
            "message": {name: _shown(value) for name, value in vars(answer.msg).items()},
        },
    }


def _shown(value):
    return _ADDRESS.sub("", repr(value))


def _is_comparable(value):
    return isinstance(value, (str, bytes, int, bool, type(None)))


def _seen_of_pickled(response):
    again = pickle.loads(pickle.dumps(response))
    names = set(again.__attrs__) - {"cookies", "request"}
    return {name: getattr(again, name) for name in names}


def seen_of_error(error, request=None):
    """All that can be seen of an error."""
    if not isinstance(error, BaseException):
        return _shown(error)
    seen = {
        "type": type(error),
        "text": _ADDRESS.sub("", str(error)),
        "args": [seen_of_error(arg) for arg in error.args],
        "cause": type(error.__cause__),
    }
    if isinstance(error, requests.RequestException):
        seen["request"] = error.request is request
        seen["response"] = error.response
    return seen


def _prepared(server, method="GET", path="/", headers=AGENT, data=None):
    data = data() if callable(data) else data
    return requests.Request(method, server.url + path, headers=headers, data=data).prepare()


def the_same(server, script=(OK,), took=1, options=(), change=None, **request):
    """What came of a request, the same both ways.

    Args:
        took: how many requests the fast way took, also if in vain; None: whatever it did.
        options: for `send`.
        change: makes what `requests` would not prepare.
        request: what it is made of; `data` may be a function that makes it.
    """
    for is_peeked in (True, False):
        outcomes = []
        for is_fast in (False, True):
            prepared = _prepared(server, **request)
            if change is not None:
                change(prepared)
            with closing(KeepAliveAdapter()) as adapter:
                way = Way(server, is_fast, adapter)
                settings = {"timeout": 5, "is_peeked": is_peeked, **dict(options)}
                outcomes.append(way.outcome(prepared, script, **settings))
        stock, fast = outcomes
        assert fast == stock
        assert took in (None, way.exchanges)
    return fast
