"""`ahoyhoy doctor`: what it says of hosts that cannot be used, against real servers."""

import contextlib
import datetime
import socket
import subprocess

import pytest

from integration.server_process import free_port, until
from integration.shell import ahoyhoy, doctor  # noqa: F401 - fixtures
from integration.tls_servers import bad_certificate, serve  # noqa: F401 - fixtures


def test_a_name_that_is_not_known_and_a_host_that_is_silent_are_told_apart(doctor):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        port = silent.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # its queue is full now
            target = f"http://no.invalid:80,127.0.0.1:{port}"
            code, found = doctor(target, "--timeout", "0.3")
    assert code == 3
    assert "the name no.invalid is not known" in found["wrong"][0]
    assert f"127.0.0.1:{port}: no connection within 0.3 s" in found["wrong"][1]


def test_a_certificate_is_told_with_its_name_and_its_end(serve, certificate, ca_file, doctor):
    server = serve(certificate("127.0.0.1"))
    code, found = doctor(f"https://127.0.0.1:{server.port}", REQUESTS_CA_BUNDLE=ca_file)
    assert (code, found["wrong"]) == (0, [])
    (host,) = found["hosts"]
    assert host["steps"][1] == "TLSv1.3 as 127.0.0.1"
    assert host["steps"][2].startswith("certificate until ")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("other name", "its certificate is not for 127.0.0.1. It is for other.internal: name"),
        ("expired", "its certificate has expired: renew it."),
        ("self-signed", "its certificate is signed by itself, and not in {ca}"),
        ("unknown authority", "its certificate is from an authority that is not in {ca}"),
    ],
)
def test_a_bad_certificate_is_told(serve, bad_certificate, ca_file, doctor, kind, sentence):
    server = serve(bad_certificate(kind, "127.0.0.1"))
    code, found = doctor(f"https://127.0.0.1:{server.port}", REQUESTS_CA_BUNDLE=ca_file)
    assert code == 5
    (told,) = found["wrong"]
    assert told.startswith(f"127.0.0.1:{server.port}: {sentence.format(ca=ca_file)}")


def test_a_certificate_that_ends_soon_is_told(serve, own_authority, ca_file, doctor, tmp_path):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3, hours=1)
    leaf = own_authority.issue_cert("127.0.0.1", not_after=end)
    leaf.private_key_and_cert_chain_pem.write_to_path(tmp_path / "soon.pem")
    server = serve(str(tmp_path / "soon.pem"))
    code, found = doctor(f"https://127.0.0.1:{server.port}", REQUESTS_CA_BUNDLE=ca_file)
    assert code == 1
    assert f"its certificate expires in 3 days, on {end:%Y-%m-%d}: renew it." in found["wrong"][0]


@pytest.mark.parametrize("plain", ["answers TLS", "waits for more"])
def test_a_host_that_speaks_no_tls_is_told(serve, cluster, doctor, plain):
    port = serve().port if plain == "answers TLS" else cluster[0].port
    code, found = doctor(f"https://127.0.0.1:{port}", "--timeout", "1")
    assert code == 5
    assert f"127.0.0.1:{port}: speaks HTTP without TLS" in found["wrong"][0]


@pytest.mark.parametrize("clients", [False, True])
def test_a_host_that_speaks_only_tls_is_told(serve, certificate, ca_file, doctor, clients):
    server = serve(certificate("other.internal"), clients=ca_file if clients else None)
    code, found = doctor(f"http://127.0.0.1:{server.port}")
    assert code == 5
    (told,) = found["wrong"]
    assert told.startswith(f"127.0.0.1:{server.port}: speaks TLS, and is to be spoken to over http")


NGINX = """\
daemon off; master_process off; pid {dir}/pid; error_log {dir}/log;
events {{}}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};
  }}
}}
"""


@pytest.mark.server("nginx-light")
def test_a_host_that_answers_clear_text_with_400_and_speaks_tls_is_told(
    certificate, doctor, tmp_path
):
    port, settings = free_port(), tmp_path / "nginx.conf"
    settings.write_text(NGINX.format(dir=tmp_path, port=port, pem=certificate("127.0.0.1")))
    server = subprocess.Popen(["nginx", "-c", str(settings), "-p", str(tmp_path)])
    try:
        until(lambda: accepts(port))
        code, found = doctor(f"http://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()
    assert (code, found["hosts"][0]["usable"]) == (5, False)
    assert f"127.0.0.1:{port}: speaks TLS" in found["wrong"][0]


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_accepts_and_never_answers_is_told(doctor, scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        code, found = doctor(f"{scheme}://127.0.0.1:{port}", "--timeout", "0.3")
    assert code == 5
    (told,) = found["wrong"]
    says = {"http": "answers nothing within 0.3 s: the process hangs", "https": "is silent there"}
    assert says[scheme] in told


@pytest.mark.parametrize(("fault", "why"), [("close", "without an answer"), ("reset", "(")])
def test_a_host_that_hangs_up_is_told(cluster, doctor, fault, why):
    cluster[0].set(fault=fault)
    code, found = doctor(f"http://127.0.0.1:{cluster[0].port}")
    assert code == 5
    assert f"127.0.0.1:{cluster[0].port}: takes a request and hangs up {why}" in found["wrong"][0]


@pytest.mark.parametrize("tls", [False, True])
def test_a_host_that_speaks_something_else_is_told(serve, certificate, ca_file, doctor, tls):
    server = serve(certificate("127.0.0.1") if tls else None, answer=b"220 mail ESMTP\r\n")
    scheme = "https" if tls else "http"
    code, found = doctor(f"{scheme}://127.0.0.1:{server.port}", REQUESTS_CA_BUNDLE=ca_file)
    assert code == 5
    assert f"127.0.0.1:{server.port}: answers, but not in HTTP/1.1." in found["wrong"][0]


def test_a_host_that_wants_a_certificate_of_its_client_is_told(serve, certificate, ca_file, doctor):
    server = serve(certificate("127.0.0.1"), clients=ca_file)
    code, found = doctor(f"https://127.0.0.1:{server.port}", REQUESTS_CA_BUNDLE=ca_file)
    assert code == 5
    assert "Does it want a client certificate (session.cert)?" in found["wrong"][0]


@pytest.mark.parametrize(("fault", "why"), [("close", "TLS"), ("reset", "hangs up")])
def test_a_host_that_ends_the_handshake_is_told(serve, certificate, doctor, fault, why):
    server = serve(certificate("127.0.0.1"), fault=fault)
    code, found = doctor(f"https://127.0.0.1:{server.port}")
    assert code == 5
    assert why in found["wrong"][0]
