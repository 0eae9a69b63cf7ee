"""A child forked while a thread read an answer's cookies inherited their lock, and hung."""

import os
import signal
import threading
import traceback

import pytest

from ahoyhoy import Endpoint

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]


def status_in_child(function):
    """The exit status of a forked child; one that hangs is ended."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.fixture(params=["own session", "user's session"])
def endpoint(request, cluster, session):
    own = request.param == "own session"
    endpoint = Endpoint(cluster.hosts[0], session=None if own else session)
    yield endpoint
    endpoint.close_connections()


def test_a_child_reads_cookies_while_a_thread_of_the_parent_does(cluster, endpoint):
    cluster[0].set(headers={"Set-Cookie": "a=b; Path=/"})
    endpoint.get("/")
    held, done = threading.Event(), threading.Event()

    def hold():
        with endpoint.cookies._cookies_lock:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(20)
        assert status_in_child(lambda: endpoint.get("/")) == 0
    finally:
        done.set()
        thread.join()
