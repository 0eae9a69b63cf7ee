"""A web page (WSGI) made of what another service says, and what it shows while that one is down.

It runs as it stands, against servers that it starts itself, and asks itself for the page. Under
gunicorn `application` would be a module's, with the client beside it.
"""

import json
from wsgiref.util import setup_testing_defaults

import requests

from ahoyhoy import LBClientBuilder, ListProvider, PeakEwmaLB, RetryPolicy
from ahoyhoy.testing import Cluster


def client_of(provider):
    """Somebody waits for the page: short timeouts, few attempts."""
    return (
        LBClientBuilder()
        .add_lb(PeakEwmaLB(provider))
        .add_name("users")
        .add_timeout((0.5, 2))
        .add_retries(RetryPolicy(attempts=2, failover_time=1))
        .build()
    )


def application_of(users):
    """The WSGI application: `/` shows a user, `/hosts` what the client knows of its hosts."""

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/hosts":
            hosts = [(*stats.host, stats.circuit, stats.failures) for stats in users.hosts()]
            return answer(start_response, "200 OK", hosts)
        try:
            user = users.get("/users/1").json()
        except requests.RequestException as error:
            environ["wsgi.errors"].write(f"{error}\n")
            return answer(start_response, "200 OK", {"name": "somebody"})
        return answer(start_response, "200 OK", {"name": "Ada", "from": user["port"]})

    return application


def answer(start_response, status, content):
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(content).encode()]


def show(application, path):
    environ = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    started = []
    body = b"".join(application(environ, lambda *arguments: started.append(arguments)))
    print(path, started[0][0], body.decode())


def main():
    with Cluster(2) as servers, client_of(ListProvider(*servers.hosts)) as users:
        application = application_of(users)
        show(application, "/")
        servers[0].kill()
        show(application, "/")
        show(application, "/")
        servers[1].set(status=503)
        show(application, "/")
        show(application, "/hosts")


if __name__ == "__main__":
    main()
