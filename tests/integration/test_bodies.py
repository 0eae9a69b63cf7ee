"""What is sent: bodies, parameters, headers; and what may be sent again."""

import io

import pytest
import requests

from ahoyhoy import Ahoyhoy500Exception, ClientNoEndpointsException
from integration.calls import counts, in_order

TEXT = b"a body of some length\n" * 40


def bodies(cluster):
    return [[r.body for r in node.requests] for node in cluster]


@pytest.fixture
def client(cluster, build):
    return build(in_order(*cluster.hosts))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(TEXT)
    with path.open("rb") as file:
        yield file


def test_positional_arguments_reach_the_server(client, cluster):
    client.post("/x", b"data")
    client.post("/x", None, {"json": 1})
    client.put("/x", "text")
    client.patch("/x", {"form": "1"})
    client.request("POST", "/x", {"q": "1"}, b"data")
    received = cluster[0].requests
    assert [r.body for r in received] == [b"data", b'{"json": 1}', b"text", b"form=1", b"data"]
    assert received[4].path == "/x?q=1"
    assert received[1].headers["Content-Type"] == "application/json"


def test_keyword_arguments_reach_the_server(client, cluster):
    client.get("/x", params={"a": "1 2"}, headers={"X-A": "b"}, cookies={"c": "d"}, auth=("u", "p"))
    client.post(url="/y", json=[1])
    client.request(method="put", url="/z", data=b"data")
    first, second, third = cluster[0].requests
    assert first.path == "/x?a=1+2"
    assert [first.headers[n] for n in ("X-A", "Cookie", "Authorization")] == [
        "b",
        "c=d",
        "Basic dTpw",
    ]
    assert (second.path, second.body) == ("/y", b"[1]")
    assert (third.method, third.body) == ("PUT", b"data")


def test_all_arguments_reach_the_server_at_each_attempt(client, cluster):
    cluster[0].set(status=503)
    cluster[1].set(fault="reset")
    client.put("/x", b"data", params={"a": 1}, headers={"X-A": "b"}, cookies={"c": "d"})
    received = [node.requests[0] for node in cluster]
    seen = [(r.path, r.headers["X-A"], r.headers["Cookie"], r.body) for r in received]
    assert seen == [("/x?a=1", "b", "c=d", b"data")] * 3


@pytest.mark.parametrize(
    "argument",
    [
        {"data": TEXT},
        {"data": TEXT.decode()},
        {"data": bytearray(TEXT)},
        {"data": {"a": "b"}},
        {"data": [("a", "b"), ("a", "c")]},
        {"json": {"a": [1, 2]}},
        {"files": {"f": ("name", TEXT)}},
    ],
    ids=["bytes", "str", "bytearray", "form", "pairs", "json", "files"],
)
def test_a_body_in_memory_is_sent_whole_at_each_attempt(client, cluster, argument):
    cluster[0].set(status=503)
    cluster[1].kill()
    client.put("/x", headers={"Content-Type": "multipart/form-data; boundary=b"}, **argument)
    (first,), _, (last,) = bodies(cluster)
    assert len(first) == len(last) > 0
    if "files" not in argument:  # their boundary is another one each time
        assert first == last


@pytest.mark.parametrize("start", [0, 100])
@pytest.mark.parametrize("make", [lambda file: file, lambda file: io.BytesIO(file.read())])
def test_a_file_is_sent_whole_at_each_attempt(client, cluster, file, start, make):
    cluster[0].set(status=503)
    cluster[1].set(fault="close")
    body = make(file)
    body.seek(start)
    client.put("/x", data=body)
    assert bodies(cluster) == [[TEXT[start:]]] * 3


def test_a_file_is_sent_whole_after_a_refused_connection(client, cluster, file):
    cluster[0].kill()
    client.post("/x", file)
    assert bodies(cluster) == [[], [TEXT], []]


def test_a_file_among_files_is_sent_whole_at_each_attempt(client, cluster, file):
    cluster[0].set(status=503)
    cluster[1].kill()
    client.put("/x", files={"part": ("name", file)}, data={"field": "1"})
    (first,), _, (last,) = bodies(cluster)
    assert TEXT in first
    assert TEXT in last
    assert b"field" in last


def test_a_file_is_repeated_with_a_key(client, cluster, file):
    cluster[0].set(fault="reset")
    client.post("/x", data=file, headers={"Idempotency-Key": "7"})
    assert bodies(cluster) == [[TEXT], [TEXT], []]


@pytest.mark.parametrize("fault", [{"status": 503}, {"fault": "close"}])
def test_a_generator_that_was_sent_is_not_repeated(client, cluster, fault):
    cluster[0].set(**fault)
    with pytest.raises(requests.RequestException) as raised:
        client.put("/x", data=iter([b"one", b"two"]))
    assert bodies(cluster) == [[b"onetwo"], [], []]
    assert len(raised.value.attempts) == 1


def test_a_generator_goes_on_after_refused_connections(client, cluster):
    cluster[0].kill()
    cluster[1].kill()
    assert client.post("/x", data=(part for part in (b"one", b"two"))).status_code == 200
    assert bodies(cluster) == [[], [], [b"onetwo"]]


class Pipe(io.RawIOBase):
    """Readable once."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._content.readinto(buffer)


def test_a_stream_that_cannot_be_rewound_is_not_repeated(client, cluster):
    cluster[0].set(status=503)
    with pytest.raises(Ahoyhoy500Exception):
        client.put("/x", data=Pipe(TEXT))
    assert bodies(cluster) == [[TEXT], [], []]


def test_a_stream_that_cannot_be_rewound_goes_on_after_a_refused_connection(client, cluster):
    cluster[0].kill()
    client.put("/x", data=Pipe(TEXT))
    assert bodies(cluster) == [[], [TEXT], []]


def test_a_stream_among_files_is_never_sent_empty(client, cluster):
    """requests reads it before it connects: after that there is nothing left to send."""
    cluster[0].kill()
    with pytest.raises(requests.ConnectionError):
        client.post("/x", files={"part": ("name", Pipe(TEXT))})
    assert counts(cluster) == [0, 0, 0]


def test_an_iterable_that_begins_anew_each_time_is_repeated(client, cluster):
    class Parts:
        def __iter__(self):
            return iter([b"one", b"two"])

    cluster[0].set(status=503)
    client.put("/x", data=Parts())
    assert bodies(cluster) == [[b"onetwo"], [b"onetwo"], []]


def test_a_redirect_is_followed_on_the_host(client, cluster):
    cluster[0].set(status=303, headers={"Location": f"http://127.0.0.1:{cluster[1].port}/next"})
    answer = client.post("/x", b"data", params={"a": 1})
    assert answer.json() == {
        "port": cluster[1].port,
        "pid": cluster[1].pid,
        "method": "GET",
        "path": "/next",
    }
    assert answer.history[0].status_code == 303


def test_a_relative_redirect_is_followed_on_the_same_host(client, cluster):
    cluster[0].set(status=302, headers={"Location": "/next"})
    with pytest.raises(requests.TooManyRedirects):
        client.get("/x")
    assert [r.path for r in cluster[0].requests][:2] == ["/x", "/next"]
    assert counts(cluster)[1:] == [0, 0]


def test_a_redirect_is_returned_if_the_call_says_so(client, cluster):
    cluster[0].set(status=302, headers={"Location": "/next"})
    assert client.get("/x", allow_redirects=False).status_code == 302
    assert client.head("/x").status_code == 302
    assert counts(cluster) == [2, 0, 0]


@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_a_redirect_of_a_post_is_never_a_second_post(client, cluster, status):
    """The first server has acted already when the redirect leads to one that refuses."""
    cluster[2].kill()
    location = {"Location": f"http://127.0.0.1:{cluster[2].port}/next"}
    cluster[0].set(status=status, headers=location)
    with pytest.raises(requests.ConnectionError):
        client.post("/x", b"data")
    assert counts(cluster) == [1, 0, 0]


def test_a_body_of_a_call_that_finds_no_host_is_untouched(client, cluster, file):
    for node in cluster:
        node.kill()
    with pytest.raises(ClientNoEndpointsException):
        client.post("/x", file)
    assert file.read() == TEXT
