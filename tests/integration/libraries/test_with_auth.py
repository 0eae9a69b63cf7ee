"""Authentication by other libraries: signatures over the service's URL, and second legs of a 401."""

import re
import threading
from contextlib import closing

import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

import ahoyhoy
from ahoyhoy.testing.cluster import Cluster
from integration.libraries.service import URL, asked, in_turn, needed, refuse
from issues.raw_server import RawServer, answer

oauthlib = needed("requests_oauthlib")


class ConversationAuth(AuthBase):
    """As those of NTLM and Negotiate: two more legs, each on the connection of the one before."""

    def __call__(self, request):
        request.register_hook("response", self.negotiate)
        return request

    def negotiate(self, response, **options):
        for leg in ("NTLM hello", "NTLM proof"):
            assert response.status_code == 401
            response.content  # so that the connection can be used again  # noqa: B018
            response.raw.release_conn()
            request = response.request.copy()
            request.headers["Authorization"] = leg
            request.headers["Connection"] = "Keep-Alive"
            following = response.connection.send(request, **options)
            following.history.append(response)
            following.request = request
            response = following
        return response


class Conversation:
    """A server that lets in only who went through all legs on one connection."""

    def __init__(self):
        self._legs = {}

    def __call__(self, request):
        leg = request.headers.get("authorization")
        order = ["NTLM hello", "NTLM proof"]
        # Each connection has a thread.
        done = self._legs.get(threading.get_ident(), 0)
        if leg is not None and leg != order[done]:
            return answer(500)
        self._legs[threading.get_ident()] = 1 if leg == order[0] else 0
        if leg == order[1]:
            return answer(200, body=b"in")
        return answer(401, "WWW-Authenticate: NTLM")


class Nonces:
    """A server that knows the nonces it gave itself, each for one request."""

    def __init__(self, name):
        self.name = name
        self.given = 0

    def __call__(self, request):
        said = re.search(r'nonce="([^"]*)"', request.headers.get("authorization", ""))
        if said is None or said[1] != f"{self.name}{self.given}":
            self.given += 1
            challenge = f'Digest realm="users", nonce="{self.name}{self.given}", qop="auth"'
            return answer(401, f"WWW-Authenticate: {challenge}")
        return answer(200, body=b"in")


@pytest.fixture(params=["a session of ours", "an adapter of ours"])
def raw_users(request):
    """Two servers, to be given their answers, and a session that balances over them."""
    with closing(RawServer()) as one, closing(RawServer()) as other:
        balancer = in_turn((one, other))
        if request.param == "a session of ours":
            session = ahoyhoy.Session({"users": balancer})
        else:
            session = requests.Session()
            session.mount("http://users/", ahoyhoy.Adapter(balancer))
        with session:
            yield session, one, other


def test_a_conversation_stays_on_one_connection(raw_users):
    session, *raw_servers = raw_users
    for server in raw_servers:
        server._answer_of = Conversation()
    answers = [session.get(URL, auth=ConversationAuth()) for _ in range(4)]
    assert [(a.status_code, a.content, len(a.history)) for a in answers] == [(200, b"in", 1)] * 4
    assert [server.count for server in raw_servers] == [6, 6]


def test_a_digest_is_given_to_the_replica_that_issued_the_nonce(raw_users):
    session, *raw_servers = raw_users
    for server, name in zip(raw_servers, "ab", strict=True):
        server._answer_of = Nonces(name)
    for _ in range(4):
        response = session.get(URL, auth=HTTPDigestAuth("ann", "secret"))
        assert (response.status_code, [h.status_code for h in response.history]) == (200, [401])
    assert [server.count for server in raw_servers] == [4, 4]


def test_basic_credentials_go_with_each_attempt(users, servers):
    refuse(servers[0])
    for _ in range(4):
        assert users.get(URL, auth=HTTPBasicAuth("ann", "secret")).ok
    sent = {r.headers.get("authorization") for server in servers for r in server.requests}
    assert sent == {"Basic YW5uOnNlY3JldA=="}


def test_a_signature_is_over_the_url_of_the_service_and_made_once(users, servers):
    refuse(servers[0])
    signed = []

    class Client(oauthlib.oauth1_auth.Client):
        def sign(self, uri, *args, **kwargs):
            signed.append(uri)
            return super().sign(uri, *args, **kwargs)

    auth = oauthlib.OAuth1("key", "secret", "token", "secret", client_class=Client)
    for _ in range(4):
        assert users.get(URL, params={"page": 2}, auth=auth).ok
    assert signed == ["http://users/1?page=2"] * 4
    sent = [r.headers["authorization"] for server in servers for r in server.requests]
    assert len(sent) > 4
    assert len(set(sent)) == 4


def test_a_session_with_a_token_takes_our_adapter(servers):
    token = {"access_token": "secret", "token_type": "Bearer"}
    with oauthlib.OAuth2Session("client", token=token) as session:
        session.mount("https://users/", ahoyhoy.Adapter(in_turn(servers)))
        session.mount("http://users/", ahoyhoy.Adapter(in_turn(servers)))
        with pytest.raises(oauthlib.oauth2_session.InsecureTransportError):
            session.get(URL)
    assert asked(servers) == []


def test_a_token_goes_over_tls_only(certificate, ca_file):
    token = {"access_token": "secret", "token_type": "Bearer"}
    with (
        Cluster(2, certfile=certificate("users.internal")) as tls_servers,
        oauthlib.OAuth2Session("client", token=token) as session,
    ):
        balancer = in_turn(tls_servers)
        session.mount("https://users.internal/", ahoyhoy.Adapter(balancer))
        for _ in range(4):
            assert session.get("https://users.internal/1", verify=ca_file).ok
        sent = [r.headers["authorization"] for server in tls_servers for r in server.requests]
        assert sent == ["Bearer secret"] * 4
        assert [server.count for server in tls_servers] == [2, 2]
