"""Libraries of services that are given a session: one call each, over two servers of the service."""

import json
from contextlib import closing

import pytest
import requests

import ahoyhoy
from integration.libraries.service import in_turn, needed
from issues.raw_server import RawServer, answer

WAYS = ("a session of ours", "an adapter of ours")


class Service:
    """Two servers that answer a path with JSON, and a session that balances over them."""

    def __init__(self, way):
        self.answers = {}
        self.servers = [RawServer(self._answer), RawServer(self._answer)]
        balancer = in_turn(self.servers)
        if way == "a session of ours":
            self.session = ahoyhoy.Session({"svc": balancer})
        else:
            self.session = requests.Session()
            # The second for those that always name the port.
            for url in ("http://svc/", "http://svc:80/"):
                self.session.mount(url, ahoyhoy.Adapter(balancer))

    def _answer(self, request):
        said = self.answers.get(request.path.partition("?")[0])
        if said is None:
            return answer(404, "Content-Type: application/json", body=b'{"errors": []}')
        if isinstance(said, bytes):
            return said
        return answer(200, "Content-Type: application/json", body=json.dumps(said).encode())

    @property
    def counts(self):
        return [server.count for server in self.servers]

    @property
    def requests(self):
        return [request for server in self.servers for request in server.requests]

    def close(self):
        self.session.close()
        for server in self.servers:
            server.close()


@pytest.fixture(params=WAYS)
def service(request):
    with closing(Service(request.param)) as service:
        yield service


def test_hvac_reads_secrets(service):
    hvac = needed("hvac")
    service.answers["/v1/secret/data/users"] = {"data": {"data": {"key": "value"}}}
    client = hvac.Client("http://svc", token="token", session=service.session)
    for _ in range(4):
        secret = client.secrets.kv.v2.read_secret_version("users", raise_on_deleted_version=True)
        assert secret["data"]["data"] == {"key": "value"}
    assert service.counts == [2, 2]
    assert {r.headers["x-vault-token"] for r in service.requests} == {"token"}
    assert {r.headers["host"] for r in service.requests} == {"svc"}


def test_hvac_is_sent_to_the_leader(service):
    hvac = needed("hvac")
    leader = service.servers[0].host

    def leave_to_leader(request):
        location = f"Location: http://{leader.address}:{leader.port}{request.path}"
        return answer(307, location)

    service.servers[1]._answer_of = leave_to_leader
    service.answers["/v1/secret/data/users"] = {"data": {"data": {"key": "value"}}}
    client = hvac.Client("http://svc", token="token", session=service.session)
    for _ in range(4):
        secret = client.secrets.kv.v2.read_secret_version("users", raise_on_deleted_version=True)
        assert secret["data"]["data"] == {"key": "value"}
    assert service.counts[0] == 4
    assert 0 < service.counts[1] <= 4
    assert {r.headers["x-vault-token"] for r in service.requests} == {"token"}


def test_consul_always_names_the_port(service):
    consul = needed("consul")
    pair = {"Key": "k", "Value": "dg==", "Flags": 0, "ModifyIndex": 7}
    service.answers["/v1/kv/k"] = answer(
        200, "X-Consul-Index: 7", "Content-Type: application/json", body=json.dumps([pair]).encode()
    )
    with closing(consul.Consul(host="svc", port=80).http) as http:
        client = consul.Consul(host="svc", port=80)
        client.http.session.close()
        client.http.session = service.session
        http.session.close()
        for _ in range(4):
            index, found = client.kv.get("k")
            assert (index, found["Value"]) == ("7", b"v")
    assert service.counts == [2, 2]


def test_pynetbox_reads_devices(service):
    pynetbox = needed("pynetbox")
    service.answers["/api/dcim/devices/1/"] = {
        "id": 1,
        "name": "switch",
        "url": "http://svc/api/dcim/devices/1/",
    }
    api = pynetbox.api("http://svc", token="token")
    api.http_session.close()
    api.http_session = service.session
    for _ in range(4):
        assert api.dcim.devices.get(1).name == "switch"
    assert [r.path for r in service.requests].count("/api/dcim/devices/1/") == 4
    assert all(service.counts)


def test_python_gitlab_reads_projects(service):
    gitlab = needed("gitlab")
    service.answers["/api/v4/projects/1"] = {"id": 1, "name": "ahoy"}
    with gitlab.Gitlab("http://svc", private_token="token", session=service.session) as client:
        for _ in range(4):
            assert client.projects.get(1).name == "ahoy"
    assert service.counts == [2, 2]


def test_stripe_sends_a_form(service):
    stripe = needed("stripe")
    service.answers["/v1/customers"] = {"id": "cus_1", "object": "customer"}
    client = stripe.StripeClient(
        "sk_test_1",
        base_addresses={"api": "http://svc"},
        http_client=stripe.RequestsClient(session=service.session),
        max_network_retries=0,
    )
    for _ in range(4):
        assert client.v1.customers.create({"name": "Ann"}).id == "cus_1"
    assert service.counts == [2, 2]
    assert {r.body for r in service.requests} == {b"name=Ann"}
    assert len({r.headers["idempotency-key"] for r in service.requests}) == 4


def test_influxdb_mounts_an_adapter_of_its_own_under_ours(service):
    influxdb = needed("influxdb")
    service.answers["/write"] = answer(204, body=b"")
    service.answers["/ping"] = answer(204, "X-Influxdb-Version: 1.8", body=b"")
    client = influxdb.InfluxDBClient(host="svc", port=80, session=service.session, retries=1)
    for _ in range(4):
        assert client.ping() == "1.8"
        assert client.write_points(["cpu value=1 1"], protocol="line")
    client.close()
    assert service.counts == [4, 4]


def test_requests_futures_calls_from_several_threads(service):
    futures = needed("requests_futures.sessions")
    service.answers["/1"] = {"id": 1}
    with futures.FuturesSession(session=service.session, max_workers=4) as session:
        calls = [session.get("http://svc/1") for _ in range(40)]
        assert [call.result(timeout=30).json() for call in calls] == [{"id": 1}] * 40
    assert min(service.counts) > 5


def test_zeep_reads_its_description_and_calls_the_service(service):
    zeep = needed("zeep")
    service.answers["/hello"] = answer(200, "Content-Type: text/xml", body=WSDL)
    client = zeep.Client("http://svc/hello", transport=zeep.Transport(session=service.session))
    service.answers["/hello"] = answer(200, "Content-Type: text/xml", body=GREETING)
    for _ in range(4):
        assert client.service.Hello("Ann") == "Ahoy, Ann"
    assert sorted(service.counts) == [2, 3]


GREETING = b"""<?xml version="1.0"?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<h:HelloResponse xmlns:h="urn:hello"><h:said>Ahoy, Ann</h:said></h:HelloResponse>
</e:Body></e:Envelope>"""

WSDL = b"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:h="urn:hello" targetNamespace="urn:hello"
 xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema">
<types><x:schema targetNamespace="urn:hello" elementFormDefault="qualified">
<x:element name="Hello"><x:complexType><x:sequence><x:element name="name" type="x:string"/>
</x:sequence></x:complexType></x:element>
<x:element name="HelloResponse"><x:complexType><x:sequence><x:element name="said" type="x:string"/>
</x:sequence></x:complexType></x:element></x:schema></types>
<message name="In"><part name="p" element="h:Hello"/></message>
<message name="Out"><part name="p" element="h:HelloResponse"/></message>
<portType name="P"><operation name="Hello"><input message="h:In"/><output message="h:Out"/>
</operation></portType>
<binding name="B" type="h:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Hello"><s:operation soapAction=""/><input><s:body use="literal"/></input>
<output><s:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="h:B"><s:address location="http://svc/hello"/></port></service>
</definitions>"""
