"""Iterators in `params=`, `data=` and `files=` were used up, and the request sent without them."""

import io

import pytest
import requests

from ahoyhoy import ListProvider, RoundRobinLB
from issues.raw_server import answer


def client_of(build, *servers):
    return build(RoundRobinLB(ListProvider(*(server.host for server in servers))))


@pytest.fixture
def busy(serve):
    """Two servers that answer 503."""
    return [serve(lambda _: answer(503)) for _ in range(2)]


@pytest.mark.parametrize(
    "fields",
    [
        lambda ids: {"id": ids},
        lambda ids: [("id", ids)],
        lambda ids: (("id", number) for number in ids),
    ],
    ids=["mapping", "pairs", "iterator of pairs"],
)
def test_a_request_with_an_iterator_in_its_query_is_not_sent_without(busy, build, fields):
    with pytest.raises(requests.HTTPError):
        client_of(build, *busy).get("/x", params=fields(map(str, [1, 2])))
    paths = [request.path for server in busy for request in server.requests]
    assert paths == ["/x?id=1&id=2"]


@pytest.mark.parametrize("fields", [lambda ids: {"id": ids}, lambda ids: [("id", ids)]])
def test_a_form_with_an_iterator_in_it_is_not_sent_without(busy, build, fields):
    with pytest.raises(requests.HTTPError):
        client_of(build, *busy).put("/x", data=fields(map(str, [1, 2])))
    assert [request.body for server in busy for request in server.requests] == [b"id=1&id=2"]


def test_files_from_an_iterator_are_sent(serve, build):
    server = serve()
    files = ((name, io.BytesIO(b"hello")) for name in "ab")
    client_of(build, server).post("/", files=files)
    assert server.requests[0].body.count(b"hello") == 2


def test_files_from_an_iterator_are_not_sent_a_second_time_without(busy, build):
    files = ((name, io.BytesIO(b"hello")) for name in "ab")
    with pytest.raises(requests.HTTPError):
        client_of(build, *busy).put("/", files=files)
    (request,) = [request for server in busy for request in server.requests]
    assert request.body.count(b"hello") == 2
