"""After a 103 the next request of the connection was given the answer to the one before it."""

import threading

import pytest

from ahoyhoy import Session
from ahoyhoy.http.sessions import new_session
from issues.raw_server import RawServer, answer


class Late(RawServer):
    """Says what is interim at once, and the answer when the client has gone on."""

    def _serve(self, sock, peer):
        class Slow:
            """The socket; but what follows an interim answer is sent late."""

            def __getattr__(self, name):
                return getattr(sock, name)

            def sendall(self, said):
                head, end, rest = said.partition(b"\r\n\r\n")
                if head.startswith(b"HTTP/1.1 1"):
                    sock.sendall(head + end)
                    threading.Event().wait(0.05)
                    said = rest
                sock.sendall(said)

        super()._serve(Slow(), peer)


def service(url):
    return Session(url, name=url.removeprefix("http://"))


@pytest.mark.parametrize("make", [lambda _: new_session(), service])
@pytest.mark.parametrize("status", [b"103 Early Hints", b"102 Processing", b"101 Switching"])
def test_the_next_request_is_not_given_the_answer_of_this_one(make, status):
    def answer_to(request):
        interim = b"HTTP/1.1 " + status + b"\r\nLink: </x>\r\n\r\n"
        return (interim if request.path == "/early" else b"") + answer(body=request.path.encode())

    server = Late(answer_to)
    try:
        with make(server.url) as session:
            session.get(f"{server.url}/first")
            session.get(f"{server.url}/early")
            assert session.get(f"{server.url}/next").text == "/next"
    finally:
        server.close()
