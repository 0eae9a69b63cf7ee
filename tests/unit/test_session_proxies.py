"""Which of a request's proxies somebody gave, and which are the environment's."""

import pytest

from ahoyhoy.session.proxies import chosen

URL = "http://users/x"
THEIRS, OURS = "http://env:3128", "http://own:3128"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("variables", "proxies", "given"),
    [
        ({}, None, {}),
        ({}, {}, {}),
        ({}, {"http": OURS}, {"http": OURS}),
        ({"http_proxy": THEIRS}, {"http": THEIRS}, {}),
        ({"HTTP_PROXY": THEIRS}, {"http": OURS}, {"http": OURS}),
        ({"http_proxy": THEIRS}, {"http": THEIRS, "https": OURS}, {"https": OURS}),
        ({"all_proxy": THEIRS}, {"http": THEIRS, "all": THEIRS}, {}),
        ({"all_proxy": THEIRS}, {"http://users": OURS, "all": THEIRS}, {"http://users": OURS}),
        ({"http_proxy": THEIRS, "no_proxy": "users"}, {"http": OURS}, {"http": OURS}),
        ({"http_proxy": THEIRS, "no_proxy": "other"}, {"http": THEIRS, "no": "other"}, {}),
        ({}, {"http": None}, {"http": None}),
    ],
)
def test_what_equals_the_environments_answer_is_the_environments(
    environment, variables, proxies, given
):
    for name, value in variables.items():
        environment.setenv(name, value)
    assert chosen(URL, proxies).given == given


def test_credentials_of_the_environments_proxies_are_known(environment):
    environment.setenv("http_proxy", "http://me:secret@env:3128")
    proxy = chosen(URL, {"http": "http://me:secret@env:3128"})
    assert proxy.is_for_them("Basic bWU6c2VjcmV0")
    assert not proxy.is_for_them("Basic b3RoZXI=")
    assert not proxy.is_for_them(None)
    assert not chosen(URL, None).is_for_them(None)
