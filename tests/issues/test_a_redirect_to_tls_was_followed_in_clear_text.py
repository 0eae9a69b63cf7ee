"""A service that said `Location: https://replica` was asked again, with all secrets, in clear text."""

from contextlib import suppress

import requests

from ahoyhoy import ListProvider, Session
from issues.raw_server import answer


def test_where_a_location_says_https_nothing_goes_out_in_clear_text(serve):
    def answer_to(request):
        there = f"Location: https://127.0.0.1:{server.host.port}/there"
        return answer(302, there) if request.path == "/go" else answer()

    server = serve(answer_to)
    session = Session({"users": ListProvider(server.host)}, timeout=2)
    with session, suppress(requests.RequestException):  # it does not speak TLS
        session.get("http://users/go", headers={"Authorization": "secret"})
    assert [request.path for request in server.requests] == ["/go"]
