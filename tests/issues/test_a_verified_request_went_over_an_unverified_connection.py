"""After `session.verify = None`, which verifies nothing, neither did `verify=True` on the same connection."""

import pytest
import requests

from ahoyhoy import Session
from ahoyhoy.http.sessions import new_session
from integration.conftest import certificate, own_authority
from integration.tls_servers import TlsServer

__all__ = ("certificate", "own_authority")

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")


def service(port):
    return Session({f"127.0.0.1:{port}": f"https://127.0.0.1:{port}"})


@pytest.mark.parametrize("make", [lambda _: new_session(), service])
@pytest.mark.parametrize("falsy", [False, None, 0, ""])
def test_what_verified_nothing_is_of_no_use_to_what_verifies(request, make, falsy):
    pem = request.getfixturevalue("certificate")("127.0.0.1")
    with TlsServer(pem) as server, make(server.port) as session:
        session.trust_env = False
        session.verify = falsy
        assert session.get(f"https://127.0.0.1:{server.port}/").ok
        session.verify = True  # and nobody knows who signed its certificate
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://127.0.0.1:{server.port}/")
    assert len(server.requests) == 1
