import io
import os

import pytest
import requests

from ahoyhoy._core import Body, Call


def a_pipe():
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb")


class Unseekable(io.RawIOBase):
    """A stream that tells where it stands, and cannot be put back."""

    def tell(self):
        return 0

    def seekable(self):
        return False


class Chunks:
    """Iterable again and again."""

    def __iter__(self):
        return iter([b"a", b"b"])


class OldFile:
    """`read`, `tell` and `seek` but no `seekable`."""

    def __init__(self):
        self.at = 3

    def read(self):
        self.at = 9
        return b""

    def tell(self):
        return self.at

    def seek(self, position):
        self.at = position


@pytest.mark.parametrize(
    "content",
    [None, "text", b"bytes", bytearray(b"x"), {"a": "1"}, [("a", "1")], (("a", "1"),), Chunks()],
    ids=lambda c: type(c).__name__,
)
def test_what_does_not_move_can_be_sent_again(content):
    body = Body.of("post", (), {"data": content})
    assert body.replayable
    assert body.survives_unsent
    body.rewind()


@pytest.mark.parametrize("make", [io.BytesIO, OldFile], ids=lambda m: m.__name__)
def test_a_seekable_stream_goes_back_to_where_it_stood_not_to_its_start(make):
    stream = make()
    stream.seek(3)
    body = Body.of("post", (), {"data": stream})
    stream.seek(8)
    body.rewind()
    assert stream.tell() == 3
    assert body.replayable
    assert body.survives_unsent


@pytest.mark.parametrize(
    "make",
    [a_pipe, Unseekable, lambda: iter([b"a"]), lambda: (c for c in [b"a"])],
    ids=["pipe", "unseekable", "iterator", "generator"],
)
def test_a_stream_that_cannot_go_back_is_sent_once_but_survives_a_refused_connection(make):
    stream = make()
    body = Body.of("post", (), {"data": stream})
    assert not body.replayable
    assert body.survives_unsent  # requests reads `data=` only after it connected
    body.rewind()
    if hasattr(stream, "close"):
        stream.close()


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("post", ("STREAM",)),
        ("put", ("STREAM",)),
        ("patch", ("STREAM",)),
        ("post", ("STREAM", None)),
        ("request", (None, "STREAM")),
    ],
)
def test_a_positional_body_counts(verb, args):
    args = tuple(iter([b"a"]) if a == "STREAM" else a for a in args)
    assert not Call.of(verb, verb.upper(), "/", args, {}).body.replayable


@pytest.mark.parametrize(
    ("verb", "args"), [("get", (b"x",)), ("request", (None,)), ("request", ()), ("post", ())]
)
def test_other_positional_arguments_are_no_body(verb, args):
    assert Call.of(verb, verb.upper(), "/", args, {}).body.replayable


@pytest.mark.parametrize(
    "shape",
    [
        lambda f: {"field": f},
        lambda f: {"field": ("name", f)},
        lambda f: {"field": ["name", f, "text/plain"]},
        lambda f: [("field", ("name", f, "text/plain", {}))],
        lambda f: (("field", f),),
    ],
)
def test_a_file_to_upload_is_rewound_in_every_shape_that_requests_takes(shape):
    file = io.BytesIO(b"0123456789")
    file.seek(2)
    body = Body.of("post", (), {"files": shape(file)})
    file.seek(7)
    body.rewind()
    assert file.tell() == 2
    assert body.replayable
    assert body.survives_unsent


def test_an_upload_from_a_pipe_is_gone_even_when_nothing_was_sent():
    with a_pipe() as pipe:
        body = Body.of("post", (), {"files": {"field": pipe}})
    assert not body.replayable
    assert not body.survives_unsent  # requests reads `files=` before it connects


def test_a_pipe_beside_a_seekable_upload_is_what_counts():
    with a_pipe() as pipe:
        body = Body.of("post", (), {"files": [("a", io.BytesIO()), ("b", pipe)]})
    assert not body.replayable
    assert not body.survives_unsent


@pytest.mark.parametrize("content", ["text", b"bytes"])
def test_an_upload_of_text_does_not_move(content):
    body = Body.of("post", (), {"files": {"field": ("name", content)}})
    assert body.replayable
    assert body.survives_unsent


def test_data_and_files_are_both_looked_at():
    data, file = io.BytesIO(b"0123"), io.BytesIO(b"0123")
    body = Body.of("post", (data,), {"files": {"field": file}})
    data.seek(4)
    file.seek(4)
    body.rewind()
    assert (data.tell(), file.tell()) == (0, 0)


def test_positional_files_of_request_are_where_requests_takes_them():
    file = io.BytesIO(b"0123")
    session = requests.Session()
    sent = []
    session.send = lambda prepared, **_: sent.append(prepared) or requests.Response()
    args = (None, None, None, None, {"field": file})
    body = Call.of("request", "POST", "/", args, {}).body
    session.request("POST", "http://a/", *args)
    assert b"0123" in sent[0].body  # that was the place for files
    body.rewind()
    assert file.tell() == 0


def test_positional_auth_of_request_is_no_upload():
    args = (None, None, None, None, None, ("user", "password"))
    assert Call.of("request", "POST", "/", args, {}).body.replayable


def test_query_parameters_from_an_iterator_are_gone_after_the_first_attempt():
    body = Body.of("get", (), {"params": iter([("a", "1")])})
    assert not body.replayable
    assert not body.survives_unsent  # requests makes the URL before it connects


def test_uploads_from_an_iterator_are_gone_after_the_first_attempt():
    body = Body.of("post", (), {"files": iter([("field", io.BytesIO(b"x"))])})
    assert not body.replayable
    assert not body.survives_unsent


@pytest.mark.parametrize(
    ("options", "still"),
    [
        ({}, True),
        ({"data": b"x"}, True),
        ({"data": {"a": "1"}}, True),
        ({"data": Chunks()}, True),
        ({"json": {"a": 1}}, True),
        ({"files": {"a": b"x"}}, True),
        ({"params": {"a": "1"}}, True),
        ({"data": io.BytesIO(b"x")}, False),
        ({"data": iter([b"x"])}, False),
        ({"files": {"a": io.BytesIO(b"x")}}, False),
        ({"files": {"a": b"x"}, "data": OldFile()}, False),
        ({"params": {"a": iter("1")}}, False),
        ({"data": {"a": iter("1")}}, False),
    ],
    ids=repr,
)
def test_two_requests_may_read_what_does_not_move_at_the_same_time(options, still):
    assert Body.of("post", (), options).is_still is still
