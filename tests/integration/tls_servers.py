"""Servers in this process that tell what a client did before and during the TLS handshake."""

import datetime
import socket
import ssl
import struct
import threading
from contextlib import ExitStack, suppress

import pytest
import requests
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import ahoyhoy
from ahoyhoy import Host
from integration.calls import in_order

#: The service of these tests, and its URL.
NAME = "users.internal"
URL = f"https://{NAME}"

PATIENCE = 20
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_HANDSHAKE = b"\x16"  # the first byte of a TLS record that begins a handshake


class TlsServer:
    """Answers every request with `ok`, on connections that are kept open.

    Args:
        certificate: a PEM file with certificate and key; None: plain HTTP.
        clients: a PEM file with the authority of the clients' certificates, if they need one.
        answer: the bytes of every answer.
        fault: what it does instead of a handshake: `"reset"`, `"close"` or `"stall"`.

    Attributes:
        host: where it listens.
        began: how each connection began: `"tls"`, `"clear"` or `"nothing"`.
        names: what each handshake asked for by SNI; None where it named nobody.
        requests: `(method, path, headers)` of what was read; names of headers in lower case.
        clients: the names in the certificates of the clients.
    """

    def __init__(self, certificate=None, *, clients=None, answer=_ANSWER, fault=None):
        self.began, self.names, self.requests, self.clients = [], [], [], []
        self._context = None if certificate is None else self._tls(certificate, clients)
        self.answer = answer
        self._fault = fault
        self._lock = threading.Lock()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = Host(*self._listener.getsockname())
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        with self._lock:
            for sock in self._open:
                with suppress(OSError):  # the client was faster
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    @property
    def port(self):
        return self.host.port

    @property
    def paths(self):
        return [path for _, path, _ in self.requests]

    def _tls(self, certificate, clients):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _sock, name, _context: self.names.append(name)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return context

    def _accept(self):
        with suppress(OSError):  # closed
            while True:
                sock, _ = self._listener.accept()
                with self._lock:
                    self._open.add(sock)
                self._threads.append(threading.Thread(target=self._serve, args=(sock,)))
                self._threads[-1].start()

    def _serve(self, sock):
        stream = sock
        try:
            sock.settimeout(PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first = sock.recv(1, socket.MSG_PEEK)
            self.began.append("tls" if first == _HANDSHAKE else "clear" if first else "nothing")
            if self._fault is not None:
                self._fail(sock)
                return
            if self._context is not None:
                stream = self._shaken(sock)
            elif first == _HANDSHAKE:
                sock.recv(65536)
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            while self._read(stream):
                stream.sendall(self.answer)
        except OSError:
            pass  # the client left, or did not like the certificate
        finally:
            with self._lock:
                self._open -= {sock, stream}
            stream.close()
            sock.close()

    def _fail(self, sock):
        sock.recv(65536)
        if self._fault == "stall":
            sock.recv(1)  # until the client gives up
        elif self._fault == "reset":  # lingering for zero seconds
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _shaken(self, sock):
        stream = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        with self._lock:  # the socket has gone into the stream
            self._open = self._open - {sock} | {stream}
        try:
            stream.do_handshake()
        except BaseException:
            stream.close()
            raise
        alternatives = (stream.getpeercert() or {}).get("subjectAltName", ())
        self.clients += [name for _, name in alternatives]
        return stream

    def _read(self, stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = stream.recv(1)
            if not byte:
                return False
            head += byte
        start, *lines = head.decode("latin-1").rstrip().split("\r\n")
        fields = [line.partition(":") for line in lines]
        headers = {name.lower(): value.strip() for name, _, value in fields}
        left = int(headers.get("content-length", 0))
        while left:
            left -= len(stream.recv(left))
        method, path, _ = start.split()
        self.requests.append((method, path, headers))
        return True


@pytest.fixture
def serve():
    """`serve(certificate, …)` starts a `TlsServer` that ends with the test."""
    with ExitStack() as servers:
        yield lambda *args, **more: servers.enter_context(TlsServer(*args, **more))


@pytest.fixture(params=["a session of ours", "an adapter of ours"])
def door(request, ca_file):
    """`door(instance, …, name=, verify=, …)`: a session that prefers the first of the instances."""
    with ExitStack() as sessions:

        def open_door(*instances, name=NAME, verify=ca_file, **options):
            balancer = in_order(*instances)
            if request.param == "a session of ours":
                session = ahoyhoy.Session(balancer, name=name, **options)
            else:
                session = requests.Session()
                for scheme in ("http", "https"):
                    session.mount(f"{scheme}://{name}/", ahoyhoy.Adapter(balancer, **options))
            session.verify = verify
            return sessions.enter_context(session)

        yield open_door


@pytest.fixture(scope="session")
def bad_certificate(own_authority, tmp_path_factory):
    """`bad_certificate(kind, name)`: one for that name, and not to be trusted all the same."""

    def issue(kind, name):
        path = tmp_path_factory.mktemp(kind) / "server.pem"
        if kind == "self-signed":
            path.write_bytes(_self_signed(name))
            return str(path)
        authority = trustme.CA() if kind == "unknown authority" else own_authority
        expiry = datetime.datetime(2001, 1, 1) if kind == "expired" else None
        name = "other.internal" if kind == "other name" else name
        leaf = authority.issue_cert(name, not_after=expiry)
        leaf.private_key_and_cert_chain_pem.write_to_path(path)
        return str(path)

    return issue


BAD = ("other name", "expired", "self-signed", "unknown authority")


def _self_signed(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + certificate.public_bytes(Encoding.PEM)
