"""What an error of a call tells, and what it never tells."""

import copy
import re
import traceback

import pytest
import requests

from ahoyhoy import (
    ClientNoEndpointsException,
    Endpoint,
    SessionClientBuilder,
    attempts_of,
)
from integration.calls import in_order

SECRET = "s3cr3t"  # stands in a query, a password, a header


def where(node):
    return f"127.0.0.1:{node.port}"


def test_the_text_is_the_diagnosis(cluster, build):
    cluster[0].kill()
    cluster[1].set(fault="stall")
    cluster[2].set(status=503)
    client = build(in_order(*cluster.hosts), add_name="users")
    with pytest.raises(requests.RequestException) as raised:
        client.get("/x", timeout=0.3)
    expected = (
        rf"users: \d attempts on 3 of 3 hosts in \d\.\d s: {where(cluster[0])} connection refused;"
        rf" {where(cluster[1])} read timeout; {where(cluster[2])} HTTP 503"
    )
    assert re.match(expected, str(raised.value))


def test_without_a_name_the_call_is_named(cluster, build):
    cluster[0].set(fault="reset")
    with pytest.raises(requests.ConnectionError) as raised:
        build(in_order(*cluster.hosts)).post("/users/1", b"data")
    assert re.fullmatch(
        rf"POST /users/1: 1 attempt on 1 of 3 hosts in \d\.\d s: {where(cluster[0])} connection reset",
        str(raised.value),
    )


def test_the_attempts_tell_host_time_and_outcome(cluster, build):
    cluster[0].set(delay=0.2, status=503)
    cluster[1].kill()
    cluster[2].set(fault="close")
    policyless = build(in_order(*cluster.hosts))
    with pytest.raises(requests.RequestException) as raised:
        policyless.get("/x")
    attempts = raised.value.attempts
    assert [a.host for a in attempts[:3]] == list(cluster.hosts)
    assert [(a.verdict.value, a.status, a.error) for a in attempts[:3]] == [
        ("retryable", 503, "HTTP 503"),
        ("unsent", None, "connection refused"),
        ("retryable", None, "closed without an answer"),
    ]
    assert attempts[0].elapsed >= 0.2
    assert attempts[1].started >= attempts[0].started + 0.2


def test_the_error_is_the_last_real_one(cluster, build):
    """One that says something of a host, not that there was no host left."""
    cluster[0].set(fault="stall")
    cluster[1].kill()
    cluster[2].kill()
    client = build(in_order(*cluster.hosts))
    with pytest.raises(requests.ReadTimeout) as raised:
        client.get("/x", timeout=0.2)
    assert isinstance(raised.value.__cause__, requests.ReadTimeout)
    assert raised.value.request.url == f"http://{where(cluster[0])}/x"


def test_an_answer_too_tells_its_attempts(cluster, build):
    cluster[0].set(status=500)
    answer = build(in_order(*cluster.hosts)).get("/x")
    assert [(a.host, a.status) for a in attempts_of(answer)] == [
        (cluster.hosts[0], 500),
        (cluster.hosts[1], 200),
    ]
    assert attempts_of(requests.Response()) == ()


FAULTS = {
    "refused": None,
    "reset": {"fault": "reset"},
    "close": {"fault": "close"},
    "half-body": {"fault": "half-body"},
    "stall": {"fault": "stall"},
    "503": {"status": 503},
    "redirects": {"status": 302, "headers": {"Location": f"/next?token={SECRET}"}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("front", ["client", "endpoint", "session client"])
def test_no_secret_is_told(cluster, build, session, caplog, front, fault):
    caplog.set_level("DEBUG")
    for node in cluster:
        node.kill() if fault is None else node.set(**fault)
    base = f"http://user:{SECRET}@{where(cluster[0])}"
    prefix, client = {
        "client": ("", build(in_order(*cluster.hosts))),
        "endpoint": ("", Endpoint(cluster.hosts[0])),
        "session client": (base, SessionClientBuilder().add_session(session).build()),
    }[front]
    for given in ({"params": {"q": "1", "token": SECRET}}, {}):
        path = "/x" if given else f"/x?token={SECRET}&q=1#frag"
        with pytest.raises(requests.RequestException) as raised:
            client.get(
                prefix + path,
                headers={"Authorization": SECRET},
                timeout=0.2,
                **given,
            )
        error = raised.value
        told = [str(error), repr(error), str(getattr(error, "attempts", ""))]
        told += traceback.format_exception_only(error)
        told += chain_of(error)
        assert [text for text in told if SECRET in text] == []
    ours = [r for r in caplog.records if r.name.startswith("ahoyhoy")]
    assert [r.getMessage() for r in ours if SECRET in r.getMessage()] == []


def chain_of(error):
    """What a traceback prints of an error and of those behind it, without the source lines."""
    while error is not None:
        yield from traceback.format_exception_only(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_no_secret_is_in_a_whole_traceback(cluster, build):
    for node in cluster:
        node.kill()
    client = build(in_order(*cluster.hosts))
    options = {"params": {"token": SECRET}, "auth": ("user", SECRET)}
    with pytest.raises(ClientNoEndpointsException) as raised:
        client.get("/x", **options)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_an_error_of_a_pre_callbacks_url_tells_no_secret(cluster, build):
    for node in cluster:
        node.kill()
    url = f"http://user:{SECRET}@{where(cluster[0])}/x?token={SECRET}"
    client = build(in_order(*cluster.hosts), add_callbacks={"pre": lambda path: url})
    with pytest.raises(requests.ConnectionError) as raised:
        client.get("/x")
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_path_that_is_a_url_is_refused_without_its_secrets(cluster, build):
    client = build(in_order(*cluster.hosts))
    with pytest.raises(requests.exceptions.InvalidURL, match="takes paths") as raised:
        client.get(f"http://user:{SECRET}@example/x?token={SECRET}")
    assert SECRET not in str(raised.value)


def test_a_path_without_a_slash_is_refused_without_its_secrets(cluster, build):
    client = build(in_order(*cluster.hosts))
    for target in (client, client.resolve()):
        with pytest.raises(requests.exceptions.InvalidURL, match="/") as raised:
            target.get(f"x?token={SECRET}")
        assert SECRET not in str(raised.value)


def test_every_error_of_a_call_is_one_of_requests(cluster, build):
    for node in cluster:
        node.kill()
    client = build(in_order(*cluster.hosts))
    for _ in range(6):
        with pytest.raises(requests.RequestException):
            client.get("/x")
    with pytest.raises(requests.ConnectionError):
        client.get("/x")


def test_a_callback_that_looks_at_the_error_sees_no_secret(cluster, build):
    seen = []

    def look(error):
        seen.append(copy.copy(str(error)))
        raise error

    for node in cluster:
        node.kill()
    client = build(in_order(*cluster.hosts), add_callbacks={"exception": look})
    with pytest.raises(ClientNoEndpointsException):
        client.get("/x", params={"token": SECRET})
    assert len(seen) == 3
    assert SECRET not in "".join(seen)
