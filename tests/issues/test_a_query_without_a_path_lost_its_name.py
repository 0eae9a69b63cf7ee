"""A redirect to `http://host?next=/b` was asked for as `/b`."""

import pytest

from ahoyhoy import Session
from ahoyhoy.http.sessions import new_session
from issues.raw_server import answer


@pytest.mark.parametrize("make", [new_session, Session])
@pytest.mark.parametrize(("rest", "asked"), [("?next=/b", "/?next=/b"), ("#/b", "/")])
def test_the_first_slash_of_a_url_may_be_in_its_query(serve, make, rest, asked):
    def answer_to(request):
        return answer(302, f"Location: {server.url}{rest}") if request.path == "/go" else answer()

    server = serve(answer_to)
    with make() as session:
        for _ in range(2):  # on a connection that the pool has, too
            session.get(f"{server.url}/go")
    assert [request.path for request in server.requests] == ["/go", asked] * 2
