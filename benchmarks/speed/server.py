"""The hosts: one nginx with five ports on loopback, which answers 30 bytes of JSON."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

#: what every call gets
BODY = b'{"id": 12, "name": "somebody"}'
#: which port answered, and how many requests its connection has had
PORT_HEADER, NTH_HEADER = "X-Port", "X-Nth"
HOSTS = 5

_START = 10.0  # seconds, until nginx must answer
# Debian keeps servers in sbin, which is not on everybody's PATH.
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
# With the five of its own (Server, Date, Content-Type, Content-Length, Connection) these are nine
# headers. Everything it writes stays in its folder.
_CONFIGURATION = """\
worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    {listen}
    default_type application/json;
    add_header {port} $server_port; add_header {nth} $connection_requests;
    add_header Cache-Control no-cache; add_header Vary Accept;
    location / {{ return 200 '{body}'; }}
  }}
}}
"""


class NginxMissing(Exception):
    """There is no nginx on this machine."""


class Nginx:
    """Serves from `with` on, on ports that were free, and is gone after it.

    Attributes:
        ports: where it listens, on 127.0.0.1.

    Raises:
        NginxMissing: there is none.
        RuntimeError: it did not start; with its log.
    """

    def __init__(self) -> None:
        program = shutil.which("nginx") or shutil.which("nginx", path=_SBIN)
        if program is None:
            raise NginxMissing(
                "nginx is missing; it is in Debian's package nginx-light: apt-get install nginx-light"
            )
        self.ports = _free_ports(HOSTS)
        self._folder = tempfile.TemporaryDirectory(prefix="nginx-")
        home = Path(self._folder.name)
        (home / "nginx.conf").write_text(
            _CONFIGURATION.format(
                listen=" ".join(f"listen 127.0.0.1:{port};" for port in self.ports),
                port=PORT_HEADER,
                nth=NTH_HEADER,
                body=BODY.decode(),
            )
        )
        self._log = home / "error.log"
        self._process = subprocess.Popen(
            [program, "-p", str(home), "-e", "error.log", "-c", "nginx.conf"],
            stderr=subprocess.DEVNULL,  # The log has it as well.
        )

    def __enter__(self) -> Nginx:
        try:
            self._await_start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def _await_start(self) -> None:
        deadline = time.monotonic() + _START
        for port in self.ports:
            while not _accepts(port):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = self._log.read_text() if self._log.exists() else "it wrote no log"
                    raise RuntimeError(f"nginx did not start: {log}")
                time.sleep(0.01)


def _free_ports(count: int) -> tuple[int, ...]:
    sockets = [socket.socket() for _ in range(count)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = tuple(sock.getsockname()[1] for sock in sockets)
    for sock in sockets:
        sock.close()
    return ports


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True
