"""What sends the requests of a service: adapters, mounted by whom and where."""

import pytest
import requests
import requests_mock
from requests.adapters import BaseAdapter, HTTPAdapter

from ahoyhoy import Adapter, Session
from ahoyhoy.http import KeepAliveAdapter

TARGET = "10.0.0.1:8080,10.0.0.2:8080"


@pytest.fixture
def session():
    with Session({"users": TARGET, "orders.test:8080": TARGET}) as session:
        yield session


class Recorder(HTTPAdapter):
    """Keeps what it was to send."""

    def __init__(self):
        super().__init__()
        self.urls = []

    def send(self, request, **_):
        self.urls.append((request.url, request.headers.get("Host")))
        response = requests.Response()
        response.status_code, response._content, response.request = 200, b"", request
        return response


@pytest.mark.parametrize(
    "url",
    [
        "http://users/1", "http://users:80/1", "https://users/", "https://users:443/",
        "http://USERS/", "HTTP://me:secret@users/", "http://users", "http://users?a",
        "http://orders.test:8080/", "https://orders.test:8080/",
    ],
)  # fmt: skip
def test_a_services_url_has_its_adapter_however_it_is_written(session, url):
    name = "users" if "users" in url.lower() else "orders.test:8080"
    adapter = session.get_adapter(url)
    assert isinstance(adapter, Adapter)
    assert adapter.service.settings.name == name
    assert adapter is session.adapters[f"http://{name}/"]


@pytest.mark.parametrize(
    "url",
    ["http://users:81/", "https://users:80/", "http://users.evil/", "http://evil/users/",
     "http://orders.test/", "http://users@evil/", "http://evil#@users/"],
)  # fmt: skip
def test_other_urls_are_not_intercepted(session, url):
    assert session.get_adapter(url) is session.adapters[url.partition("//")[0] + "//"]


def test_its_adapter_is_mounted_for_each_spelling(session):
    assert [p for p, a in session.adapters.items() if isinstance(a, Adapter)] == [
        "https://orders.test:8080/", "http://orders.test:8080/", "https://users:443/",
        "http://users:80/", "https://users/", "http://users/",
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["http://users/", "http://users", "HTTP://Users:80/", "http://"])
def test_a_transport_that_is_mounted_sends_what_the_balancer_has_it_send(session, prefix):
    recorder = Recorder()
    session.mount(prefix, recorder)
    answer = session.get("http://me:secret@users:80/1")
    assert recorder.urls == [("http://me:secret@users:80/1", "users")]
    assert len(answer.ahoyhoy.attempts) == 1
    assert session.get_adapter("https://users/").transport is None


def test_a_transport_for_all_of_http_sends_the_rest_too(session):
    recorder = Recorder()
    session.mount("http://", recorder)
    session.get("http://elsewhere/1")
    session.get("http://orders.test:8080/1")
    assert recorder.urls == [
        ("http://elsewhere/1", None),
        ("http://orders.test:8080/1", "orders.test:8080"),
    ]
    assert session.adapters["http://"] is recorder


def test_a_transport_for_a_service_sends_nothing_else(session):
    recorder = Recorder()
    session.mount("http://users", recorder)
    assert session.get_adapter("http://orders.test:8080/").transport is None
    assert not isinstance(session.get_adapter("http://users.evil/"), Adapter)


def test_a_transport_for_some_paths_sends_those(session):
    recorder = Recorder()
    session.mount("http://users:80/admin/", recorder)
    session.get("http://users/admin/1")
    assert recorder.urls == [("http://users/admin/1", "users")]
    assert session.get_adapter("http://users/1").transport is None


def test_a_transport_that_was_put_into_the_mapping_counts_as_well(session):
    recorder = session.adapters["http://users/"] = Recorder()
    session.get("http://users/1")
    assert recorder.urls == [("http://users/1", "users")]
    session.adapters.clear()
    assert session.get_adapter("http://users/1").transport is None


@pytest.mark.parametrize("prefix", ["http://users/", "http://"])
def test_what_is_no_http_adapter_takes_the_balancers_place(session, prefix):
    mock = requests_mock.Adapter()
    mock.register_uri("GET", "http://users/1", text="mocked")
    session.mount(prefix, mock)
    assert session.get("http://users/1").text == "mocked"
    assert isinstance(session.get_adapter("https://users/"), Adapter)


def test_what_was_mounted_before_can_be_mounted_again(session):
    before = dict(session.adapters)
    for prefix in list(session.adapters):
        session.mount(prefix, BaseAdapter())
    for prefix, adapter in before.items():
        session.mount(prefix, adapter)
    assert session.adapters == before
    assert session.get_adapter("http://users/") is before["http://users/"]


def test_an_adapter_for_each_key_that_is_mounted_balances(session):
    recorder = Recorder()
    for prefix in list(session.adapters):
        session.mount(prefix, recorder)
    assert len(session.get("https://users/1").ahoyhoy.attempts) == 1
    assert recorder.urls == [("https://users/1", "users")]


def test_an_adapter_of_ours_makes_a_service(session):
    adapter = Adapter(TARGET, name="payments", timeout=9)
    session.mount("http://payments/", adapter)
    assert session.get_adapter("http://me@payments:80/1") is adapter
    recorder = Recorder()
    session.mount("http://payments/", recorder)
    session.get("http://payments/1", deadline=5)
    assert recorder.urls == [("http://payments/1", "payments")]
    assert session.stats("payments").calls == 1
    assert adapter.transport is None


def test_an_adapter_of_ours_may_replace_a_services(session):
    adapter = Adapter(TARGET, name="users")
    session.mount("http://users/", adapter)
    assert session.get_adapter("http://users:80/1") is adapter
    assert session.get_adapter("https://users/1") is not adapter


def test_an_adapter_has_the_pools_of_all_hosts_once_somebody_looks_for_them():
    adapter = Adapter(TARGET)
    assert adapter.transport is None
    adapter.max_retries = 3
    assert isinstance(adapter.transport, KeepAliveAdapter)
    assert adapter.transport.max_retries == 3
    assert adapter.poolmanager is adapter.transport.poolmanager
    with pytest.raises(AttributeError, match="'Adapter' object has no attribute 'nonsense'"):
        _ = adapter.nonsense
    adapter.close()


def test_an_adapter_says_whose_it_is():
    assert repr(Adapter(TARGET)) == "<Adapter over PeakEwmaLB>"
    assert repr(Adapter("dns://users:81")) == "<Adapter users:81 over PeakEwmaLB>"


def test_an_adapter_sends_to_urls_only():
    request = requests.Request("GET", "http://users/").prepare()
    request.url = "ftp://users/"
    with pytest.raises(requests.exceptions.InvalidURL, match="is no URL of a service"):
        Adapter(TARGET).send(request)


def test_closing_closes_what_is_mounted(session):
    closed = []

    class Closing(HTTPAdapter):
        def close(self):
            closed.append(self)

    session.mount("http://users/", Closing())
    session.close()
    assert closed


def test_with_balancing_turned_off_each_request_goes_to_the_first_host(monkeypatch):
    monkeypatch.setenv("AHOYHOY_DISABLE", "1")
    recorder = Recorder()
    with Session(TARGET, name="users") as session:
        session.mount("http://", recorder)
        answers = [session.get("/1") for _ in range(3)]
        assert {a.host.address for r in answers for a in r.ahoyhoy.attempts} == {"10.0.0.1"}
    assert recorder.urls == [("http://users/1", "users")] * 3
