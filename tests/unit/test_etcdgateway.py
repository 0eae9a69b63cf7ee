"""What the gateway of etcd answers, in words, and how a user stays logged in."""

import json

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import RefusedError
from ahoyhoy.lb.providers.etcd.gateway import EtcdGateway, LeaseGoneError, encoded


class Scripted:
    """A conversation: a status and a text for each question, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def ask(self, method, path, *, explain, headers, json, **_):
        self.asked.append((path, headers.get("Authorization")))
        status, said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status >= 300:
            raise explain(status, said)
        return said

    def json_of(self, said):
        return said


def error(message):
    return json.dumps({"error": message})


@pytest.mark.parametrize(
    ("status", "text", "kind", "told"),
    [
        (403, error("etcdserver: permission denied"), RefusedError, "one who may write 'a'"),
        (400, error({"message": "etcdserver: user name is empty"}), RefusedError, "403|400"),
        (404, error("etcdserver: requested lease not found"), LeaseGoneError, "lease not found"),
        (404, "404 page not found", RefusedError, "it must be etcd 3.4 or later"),
        (400, "[]", RefusedError, r"etcd refuses the question \(400: \[\]\)"),
        (429, "busy", ProviderError, "etcd answered 429: busy"),
        (503, error("etcdserver: no leader"), ProviderError, "etcd answered 503: etcdserver: no"),
        (401, error("etcdserver: invalid auth token"), RefusedError, "etcd refuses the user"),
    ],
)
def test_what_is_wrong_is_told(status, text, kind, told):
    etcd = EtcdGateway(Scripted((status, text)), None, "write 'a'")
    with pytest.raises(kind, match=told) as caught:
        etcd.ask("/v3/kv/put", {})
    assert type(caught.value) is kind


def test_a_user_logs_in_once_and_again_when_the_token_is_not_known_any_more():
    expired = 401, error("etcdserver: invalid auth token")
    conversation = Scripted(
        (200, {"token": "one"}), (200, {}), expired, (200, {"token": "two"}), (200, {"a": 1})
    )
    etcd = EtcdGateway(conversation, {"name": "me", "password": "secret"}, "write 'a'")
    etcd.ask_json("/v3/kv/put", {})
    assert etcd.ask_json("/v3/kv/put", {}) == {"a": 1}
    assert conversation.asked == [
        ("/v3/auth/authenticate", None),
        ("/v3/kv/put", "one"),
        ("/v3/kv/put", "one"),
        ("/v3/auth/authenticate", None),
        ("/v3/kv/put", "two"),
    ]


def test_keys_are_told_in_base64():
    assert encoded(b"a/\xff") == "YS//"
