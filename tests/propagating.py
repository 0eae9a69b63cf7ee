"""Services that call another one for each request, one for every kind of server.

`GET /` calls the service behind and answers with the caller's name for itself. `GET /stream` does
the same while its body is made. `serving(kind, …)` runs one of them on loopback.
"""

import asyncio
import contextlib
import socket
import threading
from functools import partial
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import uvicorn
from aiohttp import web
from django.conf import settings
from django.core.asgi import ASGIHandler
from django.core.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from ahoyhoy.propagation import asgi, wsgi
from ahoyhoy.propagation.aiohttp import SERVICE_NAME, deadline_middleware

KEY = "ahoyhoy.service_name"

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=["ahoyhoy.propagation.django.DeadlineMiddleware"],
        ROOT_URLCONF=(),
        SECRET_KEY="of tests",
    )


def wsgi_app(call, **options):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/":
            call()
            return [str(environ[KEY]).encode()]
        return stream()

    def stream():
        yield b"a"
        call()
        yield b"b"

    return wsgi.DeadlineMiddleware(application, **options)


def asgi_app(call, **options):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/":
            await asyncio.to_thread(call)
            await send({"type": "http.response.body", "body": str(scope[KEY]).encode()})
            return
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await asyncio.to_thread(call)
        await send({"type": "http.response.body", "body": b"b"})

    return asgi.DeadlineMiddleware(application, **options)


def aiohttp_app(call, **options):
    async def plain(request):
        await asyncio.to_thread(call)
        return web.Response(text=str(request[SERVICE_NAME]))

    async def stream(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"a")
        await asyncio.to_thread(call)
        await response.write(b"b")
        return response

    app = web.Application(middlewares=[deadline_middleware(**options)])
    app.add_routes([web.get("/", plain), web.get("/stream", stream)])
    return app


def django_views(call):
    """Plain views."""

    def plain(request):
        call()
        return HttpResponse(str(request.service_name))

    def parts():
        yield b"a"
        call()
        yield b"b"

    return (path("", plain), path("stream", lambda _: StreamingHttpResponse(parts())))


def async_django_views(call):
    """The same as `async` views."""

    async def plain(request):
        await asyncio.to_thread(call)
        return HttpResponse(str(request.service_name))

    async def parts():
        yield b"a"
        await asyncio.to_thread(call)
        yield b"b"

    async def stream(request):
        return StreamingHttpResponse(parts())

    return (path("", plain), path("stream", stream))


class _QuietRequests(WSGIRequestHandler):
    def log_message(self, *args):
        pass


class _Threads(ThreadingMixIn, WSGIServer):
    block_on_close = True


@contextlib.contextmanager
def _wsgi_server(app, server=WSGIServer):
    with server(("127.0.0.1", 0), _QuietRequests) as serving:
        serving.set_app(app)
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield serving.server_port
        finally:
            serving.shutdown()
            thread.join()


@contextlib.contextmanager
def _asgi_server(app):
    # Listens before the server runs: nobody has to wait for it.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None)
        config.log_level = "critical"
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def _aiohttp_server(app):
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve(listener):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        await ended.wait()
        await runner.cleanup()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: loop.run_until_complete(serve(listener)))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join()
            loop.close()


@contextlib.contextmanager
def _django_server(call, *, views, front, server, **options):
    # The middleware reads its settings when the front is made.
    configured = override_settings(AHOYHOY_DEADLINE=options, ROOT_URLCONF=views(call))
    with configured, server(front()) as port:
        yield port


@contextlib.contextmanager
def _server(call, *, app, server, **options):
    with server(app(call, **options)) as port:
        yield port


_KINDS = {
    "wsgi": partial(_server, app=wsgi_app, server=_wsgi_server),
    "asgi": partial(_server, app=asgi_app, server=_asgi_server),
    "aiohttp": partial(_server, app=aiohttp_app, server=_aiohttp_server),
    "django": partial(_django_server, views=django_views, front=WSGIHandler, server=_wsgi_server),
    "django-threads": partial(
        _django_server,
        views=django_views,
        front=WSGIHandler,
        server=partial(_wsgi_server, server=_Threads),
    ),
    "django-async-views": partial(
        _django_server, views=async_django_views, front=ASGIHandler, server=_asgi_server
    ),
    "django-sync-views-on-asgi": partial(
        _django_server, views=django_views, front=ASGIHandler, server=_asgi_server
    ),
}
KINDS = tuple(_KINDS)


@contextlib.contextmanager
def serving(kind, call, **options):
    """The URL of a service of a kind while it runs; `call()` is what it does for each request.

    `options` are those of its middleware.
    """
    with _KINDS[kind](call, **options) as port:
        yield f"http://127.0.0.1:{port}"
