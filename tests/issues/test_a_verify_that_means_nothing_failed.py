"""`verify` of a kind that requests ignores where there is no TLS gave a TypeError."""

import pytest

from ahoyhoy.http.sessions import new_session


@pytest.mark.parametrize("verify", [[], {}])
def test_requests_in_clear_text_do_not_care(serve, verify):
    server = serve()
    with new_session() as session:
        session.trust_env = False
        session.verify = verify
        for _ in range(2):
            assert session.get(server.url).ok
