"""What an adapter of a service does with balancers of any kind, and with odd requests."""

import pytest
import requests
import requests_mock
from requests.adapters import HTTPAdapter

from ahoyhoy import Adapter, Endpoint, Host, Limits, ListProvider, RoundRobinLB
from ahoyhoy.exceptions import AhoyhoyClientException, LimitExceededError
from ahoyhoy.session.names import place_of

HOST = Host("10.0.0.1", 8080)


class Picks:
    """Looks like a balancer, and picks one thing."""

    def __init__(self, picked):
        self.picked = picked

    def pick(self):
        return self.picked

    def update(self):
        pass


class Recorder(HTTPAdapter):
    def __init__(self, meanwhile=None):
        super().__init__()
        self.sent = []
        self.meanwhile = meanwhile

    def send(self, request, **settings):
        self.sent.append((request, dict(request.headers), settings))
        if self.meanwhile is not None:
            self.meanwhile()
        response = requests.Response()
        response.status_code, response._content, response.request = 200, b"", request
        return response


def prepared(url="http://users/x", **more):
    return requests.Request("GET", url, **more).prepare()


def test_endpoints_of_a_balancer_of_ones_own_send_by_their_sessions_adapters():
    recorder = Recorder()
    with requests.Session() as session:
        session.mount("http://", recorder)
        answer = Adapter(Picks(Endpoint(HOST, session=session))).send(prepared(), timeout=7)
    assert answer.status_code == 200
    ((_, headers, settings),) = recorder.sent
    assert (headers["Host"], settings["timeout"]) == ("users", 7)


@pytest.mark.parametrize("picked", [object(), Endpoint(session=requests.Session())])
def test_what_is_no_endpoint_of_a_host_cannot_be_sent_to(picked):
    with pytest.raises(AhoyhoyClientException, match="a Client takes others too"):
        Adapter(Picks(picked)).send(prepared())


def test_an_endpoint_without_an_http_adapter_cannot_be_sent_by():
    with requests.Session() as session:
        session.mount("http://", requests_mock.Adapter())
        with pytest.raises(AhoyhoyClientException, match="which is no HTTPAdapter"):
            Adapter(Picks(Endpoint(HOST, session=session))).send(prepared())


def test_a_request_is_not_touched_and_is_the_answers():
    recorder, request = Recorder(), prepared(headers={"X-A": "b"})
    before = dict(request.headers)
    answer = Adapter(ListProvider(HOST)).over(recorder).send(request)
    assert answer.request is request
    assert request.headers == before
    ((sent, headers, _),) = recorder.sent
    assert sent is not request
    assert headers == {**before, "Host": "users"}


def test_headers_of_a_class_of_ones_own_stay_that():
    class Own(requests.structures.CaseInsensitiveDict):
        pass

    recorder, request = Recorder(), prepared()
    request.headers = Own(request.headers)
    Adapter(ListProvider(HOST)).over(recorder).send(request)
    assert recorder.sent[0][1]["Host"] == "users"


def test_limits_hold_for_requests_within_requests():
    adapter = Adapter(RoundRobinLB(ListProvider(HOST)), limits=Limits(total=1))
    answers = []
    over = adapter.over(Recorder(lambda: answers.append(_refused(adapter))))
    over.send(prepared())
    assert [type(error) for error in answers] == [LimitExceededError]
    assert answers[0].request.url == "http://users/x"


def _refused(adapter):
    with pytest.raises(requests.ConnectionError) as raised:
        adapter.over(Recorder()).send(prepared())
    return raised.value


def test_who_waits_for_room_gets_it():
    limits = Limits(total=1, wait=0.01)
    adapter = Adapter(RoundRobinLB(ListProvider(HOST)), limits=limits)
    errors = []
    adapter.over(Recorder(lambda: errors.append(_refused(adapter)))).send(prepared())
    assert isinstance(errors[0], LimitExceededError)
    assert adapter.over(Recorder()).send(prepared()).status_code == 200


def test_an_address_that_is_none_has_an_origin_nobody_owns():
    assert place_of("http://[::g]/x").origin.host == "[::g]"
