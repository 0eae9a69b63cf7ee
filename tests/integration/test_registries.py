"""What holds for every registry: hosts come and go, and it falls silent, dies and comes back."""

import contextlib
import logging
import os
import pickle
import threading
import time
import warnings

import pytest

from ahoyhoy import RoundRobinLB
from ahoyhoy.exceptions import DeadlineExceeded, ProviderError
from integration.dns_servers import pause, until
from integration.etcd_server import Etcd
from integration.eureka_rig import Eureka
from integration.kubernetes_server import Kubernetes
from integration.redis_server import Redis
from integration.registries import ports
from integration.zookeeper_server import ZooKeeper

REGISTRIES = [Etcd, Eureka, Kubernetes, Redis, ZooKeeper]
WITH_WEIGHTS = [Etcd, Eureka, Redis, ZooKeeper]
OUTAGE = 5.0
# How fast a list must be fresh again, and a little for a machine that has other things to do.
SOON = 5.0 + 2.0


def name_of(kind):
    return kind.__name__


@pytest.fixture(scope="module", params=REGISTRIES, ids=name_of)
def registry(request):
    with request.param() as registry:
        yield registry


@pytest.fixture
def service(request):
    """The name of a service of this test's own."""
    return request.node.originalname.removeprefix("test_").replace("_", "-")[:60]


@pytest.fixture
def watching(registry, service):
    """Providers of that service, closed at the end."""
    made = []

    def begin(**options):
        made.append(registry.watched(service, **options))
        return made[-1]

    yield begin
    for source in made:
        source.close()


def test_hosts_come_and_go(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    assert ports(source) == [8001]
    registry.register(8002, service=service)
    until(lambda: ports(source) == [8001, 8002])
    registry.deregister(8001, service=service)
    until(lambda: ports(source) == [8002])
    assert source.stale_for == 0.0


@pytest.mark.parametrize("registry", WITH_WEIGHTS, ids=name_of, indirect=True)
def test_a_weight_that_changes_is_seen(registry, service, watching):
    registry.register(8001, service=service, weight=3)
    source = watching()
    assert source.get_list()[0].weight == 3
    registry.register(8001, service=service, weight=7)
    until(lambda: source.get_list()[0].weight == 7)


def test_a_change_is_seen_by_the_next_pick(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    balancer = RoundRobinLB(source, slow_start=0)
    assert balancer.pick().host.port == 8001
    registry.register(8002, service=service)
    until(lambda: len(source._listing.known.hosts) == 2)
    assert {balancer.pick().host.port for _ in range(2)} == {8001, 8002}


def test_other_services_change_nothing(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    source.get_list()
    registry.register(8005, service=f"{service}-of-others")
    registry.register(8002, service=service)
    until(lambda: ports(source) == [8001, 8002])
    assert source.changes() == 2


def test_a_service_that_is_not_known_is_an_error_until_it_is(registry, service, watching):
    source = watching()
    with pytest.raises(Exception, match=service):
        source.get_list()
    registry.register(8001, service=service)
    until(source.changes)
    assert ports(source) == [8001]


def test_nothing_new_for_a_while_confirms_the_list(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    source.get_list()
    first = source._listing.known.confirmed
    until(lambda: source._listing.known.confirmed > first)
    assert source.stale_for == 0.0
    assert source.changes() == 1


def test_closing_ends_the_watch_at_once_and_it_may_be_used_again(registry, service, watching):
    registry.register(8001, service=service)
    source = watching(**registry.LONG)
    source.get_list()
    pause(0.2)
    run = source._run
    start = time.monotonic()
    source.close()
    assert time.monotonic() - start < 0.5
    assert run.over
    registry.register(8002, service=service)
    assert 8001 in ports(source)
    until(lambda: ports(source) == [8001, 8002])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_watches_by_itself_and_its_parent_goes_on(registry, service, watching):
    registry.register(8001, service=service)
    source = watching(**registry.LONG)
    source.get_list()
    run = source._run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking with threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            source.changes()
            registry.in_child().register(8002, service=service)
            until(lambda: ports(source) == [8001, 8002])
            source.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    until(lambda: ports(source) == [8001, 8002])
    assert source._run is run
    assert source._listing.known.changes == 2


def test_a_pickled_one_has_the_settings(registry, service, watching):
    registry.register(8001, service=service)
    source = watching()
    source.get_list()
    copy = pickle.loads(pickle.dumps(source))
    assert ports(copy) == [8001]
    copy.close()


def test_the_first_call_waits_for_the_first_list_no_longer_than_its_deadline(
    registry, service, watching, build
):
    registry.register(8001, service=service)
    source = watching(timeout=10.0)
    registry.stop_answering()
    start = time.monotonic()
    try:
        with pytest.raises(
            DeadlineExceeded, match=r"deadline of 0.3 s passed \(.*no answer within 0"
        ) as caught:
            build(RoundRobinLB(source)).get("/", deadline=0.3)
        assert 0.25 < time.monotonic() - start < 3
        assert isinstance(caught.value.__cause__, ProviderError)
    finally:
        registry.answer_again()
    until(lambda: source._listing.known.hosts)


# -- outages ----------------------------------------------------------------------------------


@contextlib.contextmanager
def calling(client):
    """Four threads call all the time; the failures."""
    end, failures, made = threading.Event(), [], []

    def call():
        while not end.is_set():
            try:
                made.append(client.get("/").status_code)
            except Exception as error:
                failures.append(error)
            pause(0.005)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert made.count(200) == len(made) > 100


@pytest.mark.slow
def test_one_that_falls_silent(registry, service, watching, cluster, build, caplog):
    caplog.set_level(logging.INFO, "ahoyhoy.discovery")
    for host in cluster.hosts:
        registry.register(host.port, service=service)
    source = watching()
    assert len(source.get_list()) == 3
    with calling(build(RoundRobinLB(source))) as failures:
        registry.stop_answering()
        until(lambda: source.stale_for > 1.0)
        pause(OUTAGE - 3)
        assert len(source.get_list()) == 3
        registry.answer_again()
        start = time.monotonic()
        until(lambda: source.stale_for == 0.0)
        assert time.monotonic() - start < SOON
        registry.deregister(cluster.hosts[0].port, service=service)
        until(lambda: len(source.get_list()) == 2)
    assert failures == []
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "refresh failed" in warning
    assert "still using 3 hosts" in warning
    assert "fresh again" in caplog.text


@pytest.mark.slow
def test_one_that_dies_and_comes_back(registry, service, watching, cluster, build):
    def register_all():
        for host in cluster.hosts:
            registry.register(host.port, service=service)

    register_all()
    source = watching()
    assert len(source.get_list()) == 3
    with calling(build(RoundRobinLB(source))) as failures:
        registry.kill()
        until(lambda: source.stale_for)
        pause(OUTAGE)
        assert len(source.get_list()) == 3
        registry.start()
        register_all()
        start = time.monotonic()
        until(lambda: source.stale_for == 0.0)
        until(lambda: len(source.get_list()) == 3)
        assert time.monotonic() - start < SOON
        registry.deregister(cluster.hosts[0].port, service=service)
        until(lambda: len(source.get_list()) == 2)
    assert failures == []
