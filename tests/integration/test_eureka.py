"""What is particular to Eureka: status, ports, host names, and JSON that is made of XML."""

import base64
import subprocess
import sys

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import EurekaProvider, RefusedError
from integration.eureka_rig import Eureka
from integration.registries import hosts, ports
from integration.server_process import free_port, until
from integration.stand_in import answering
from integration.tls_servers import serve  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def eureka():
    with Eureka() as eureka:
        yield eureka


@pytest.fixture
def watching(eureka):
    made = []

    def begin(app, **options):
        made.append(EurekaProvider(app, **{"address": eureka.address, "interval": 0.1, **options}))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def told(source, kind=ProviderError):
    with pytest.raises(ProviderError) as caught:
        source.get_list()
    assert type(caught.value) is kind
    return str(caught.value)


def test_only_instances_that_are_up_are_used(eureka, watching):
    for port in (8001, 8002):
        eureka.register(port, "states")
    source = watching("states")
    assert ports(source) == [8001, 8002]
    eureka.status(8001, "OUT_OF_SERVICE", "states")
    until(lambda: ports(source) == [8002])
    eureka.status(8001, "UP", "states")
    until(lambda: ports(source) == [8001, 8002])


def test_an_application_that_is_not_known_or_has_no_instance_that_is_up(eureka, watching):
    source = watching("Later")
    assert told(source) == "eureka://Later: Eureka knows no application 'Later'"
    eureka.register(8001, "later", status="STARTING")
    until(lambda: "none of the 1 instances of 'Later' is UP" in str(source._listing.known.error))
    eureka.status(8001, "UP", "later")
    until(source.changes)
    assert ports(source) == [8001]


def test_zone_and_weight_are_those_of_the_metadata_or_the_data_center(eureka, watching):
    center = {"name": "Amazon", "metadata": {"availability-zone": "us-east-1c"}}
    eureka.register(8001, "zoned", metadata={"zone": "a", "weight": "2.5"}, dataCenterInfo=center)
    eureka.register(8002, "zoned", dataCenterInfo=center)
    eureka.register(8003, "zoned", metadata=None, dataCenterInfo=None)
    found = [(i.zone, i.weight) for i in watching("zoned").get_list()]
    assert found == [("a", 2.5), ("us-east-1c", 1), (None, 1)]


def port(number, enabled="true"):
    return {"$": number, "@enabled": enabled}


@pytest.mark.parametrize(
    ("plain", "secure", "scheme", "expected"),
    [
        (port(80), port(443, "false"), None, (80, None)),
        (port(80), port(443), None, (80, None)),
        (port(80, "false"), port(443), None, (443, "https")),
        (port(80), port(443), "https", (443, "https")),
        (port(80), port(443), "http", (80, "http")),
        (port("80"), None, None, (80, None)),
        (80, {"$": 443}, "https", (443, "https")),
        (port(80), port(443, False), None, (80, None)),
    ],
)
def test_the_port_is_one_that_is_enabled(watching, plain, secure, scheme, expected):
    entry = {"hostName": "h", "status": "UP", "port": plain, "securePort": secure}
    with answering({"application": {"instance": [entry]}}) as server:
        (found,) = watching("users", address=server.address, scheme=scheme).get_list()
    assert (found.host.port, found.scheme) == expected


def test_instances_are_used_by_their_names_or_their_addresses(eureka, watching):
    eureka.register(8001, "named", address="users.internal")
    assert hosts(watching("named")) == ["users.internal:8001"]
    assert hosts(watching("named", by_ip=True)) == ["127.0.0.1:8001"]


def test_an_instance_that_cannot_be_read_is_left_out_and_named_once(watching, caplog):
    entries = [
        {"instanceId": "bad", "hostName": "h", "status": "UP", "port": port("x")},
        {"instanceId": "closed", "hostName": "h", "status": "UP", "port": port(80, "false")},
        {"hostName": "h", "status": "UP", "port": port(80)},
        7,
    ]
    with answering({"application": {"instance": entries}}) as server:
        source = watching("users", address=server.address, interval=0.01)
        assert hosts(source) == ["h:80"]
        until(lambda: len(server.asked) > 3)
        source.close()
    for name in ("bad", "closed", "7"):
        assert caplog.text.count(f"eureka://users: '{name}' is left out: ") == 1


def test_what_is_asked(watching):
    with answering({"application": {"instance": []}}) as server:
        source = watching(
            "a b", address=f"http://{server.address}/base/", user="me", password="secret"
        )
        assert "none of the 0 instances" in told(source)
        source.close()
    asked = server.asked[0]
    assert asked.path == "/base/apps/A%20B"
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["Authorization"] == f"Basic {base64.b64encode(b'me:secret').decode()}"


@pytest.mark.parametrize("body", [{}, [], {"application": None}, {"application": []}])
def test_what_is_not_eureka_is_said_to_be_none(watching, body):
    with answering(body) as server:
        assert "is not Eureka" in told(watching("users", address=server.address))


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, RefusedError, "Eureka refuses user= and password= (401)"),
        (400, RefusedError, "Eureka refuses the question (400: no)"),
        (429, ProviderError, "Eureka answered 429: no"),
        (503, ProviderError, "Eureka answered 503: no"),
    ],
)
def test_a_status_is_a_refusal_or_may_pass(watching, status, kind, text):
    with answering(status) as server:
        assert text in told(watching("users", address=server.address), kind)


def test_tls_that_is_refused(watching, serve, certificate):
    server = serve(certificate("127.0.0.1"))
    address = f"https://127.0.0.1:{server.host.port}"
    text = told(watching("users", address=address), RefusedError)
    assert f"Eureka at {address}/eureka: TLS: its certificate is refused" in text


def test_the_next_server_is_asked_when_one_is_down(eureka, watching):
    eureka.register(8001, "several")
    down = f"127.0.0.1:{free_port()}"
    assert ports(watching("several", address=[down, eureka.address])) == [8001]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"app": ""}, "app is an application's name"),
        ({"app": None}, "app is an application's name"),
        ({"user": "u"}, "give both user= and password="),
        ({"scheme": "ftp"}, "scheme"),
        ({"interval": 0}, "interval must be"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, text):
    with pytest.raises(ValueError, match=text):
        EurekaProvider(**{"app": "users", **arguments})


CLIENT = """
import asyncio, sys
import py_eureka_client.eureka_client as eureka

async def register():
    client = eureka.EurekaClient(
        eureka_server=sys.argv[1], app_name="independent", instance_port=8001,
        instance_host="127.0.0.1", instance_ip="127.0.0.1", should_discover=False,
    )
    await client.start()
    await asyncio.to_thread(sys.stdin.readline)
    await client.stop()

asyncio.run(register())
"""


def test_what_a_client_that_others_wrote_registers_is_read(eureka, watching):
    source = watching("independent")
    url = f"http://{eureka.address}/eureka"
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as client:
        until(source.changes)
        assert hosts(source) == ["127.0.0.1:8001"]
        client.communicate(b"\n", timeout=30)
    until(lambda: source.stale_for)  # it is not believed at once that there are none
