"""Relays in front of a registry, which note when its answers came."""

import contextlib
import socket
import threading
import time

from integration.server_process import free_port


class Tap:
    """Passes on whatever is sent over TCP or UDP: `answers` has when something came back.

    Args:
        port: of the server, on 127.0.0.1.
    """

    def __init__(self, port):
        self._behind = ("127.0.0.1", port)
        self.answers = []
        self.port = free_port()
        self._streams = socket.create_server(("127.0.0.1", self.port))
        self._datagrams = socket.socket(type=socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))
        self._open = []
        self._threads = []
        self._over = False

    def first_after(self, moment):
        """When the first answer after that moment came."""
        return next(at for at in self.answers if at >= moment)

    def _accept(self):
        while True:
            client, _ = self._streams.accept()
            if self._over:
                client.close()
                return
            server = socket.create_connection(self._behind)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(end)
            self._run(self._pass_on, client, server, False)
            self._run(self._pass_on, server, client, True)

    def _pass_on(self, source, target, answer):
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                if answer:
                    self.answers.append(time.monotonic())
                target.sendall(content)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _relay(self):
        while True:
            question, client = self._datagrams.recvfrom(65535)
            if not question:
                return
            with socket.socket(type=socket.SOCK_DGRAM) as behind:
                behind.settimeout(5)
                behind.sendto(question, self._behind)
                answer = behind.recv(65535)
            self.answers.append(time.monotonic())
            self._datagrams.sendto(answer, client)

    def _run(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def __enter__(self):
        self._run(self._accept)
        self._run(self._relay)
        return self

    def __exit__(self, *_):
        self._over = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        with socket.socket(type=socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", self.port))
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in (*self._open, self._streams, self._datagrams):
            end.close()
