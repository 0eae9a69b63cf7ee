import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from ahoyhoy.propagation import current_deadline, current_priority
from ahoyhoy.propagation.aiohttp import SERVICE_NAME, deadline_middleware


def test_requests_at_the_same_time_have_terms_of_their_own(clock):
    middleware = deadline_middleware(default=9, clock=clock)

    async def respond(request):
        await asyncio.sleep(0)
        return current_deadline().remaining(), current_priority(), request[SERVICE_NAME]

    async def main():
        terms = [
            {"X-Request-Timeout": "2", "X-Request-Priority": "HIGH"},
            {"grpc-timeout": "1S", "X-Service-Name": "billing"},
            {},
        ]
        requests = [make_mocked_request("GET", "/", headers) for headers in terms]
        return await asyncio.gather(*(middleware(request, respond) for request in requests))

    assert asyncio.run(main()) == [(2, "high", None), (1, None, "billing"), (9, None, None)]


def test_an_error_leaves_nothing_to_the_next_request_of_the_connection(clock):
    middleware = deadline_middleware(default=9, clock=clock)

    async def respond(request):
        raise web.HTTPNotFound

    async def main():
        with pytest.raises(web.HTTPNotFound):
            await middleware(make_mocked_request("GET", "/"), respond)
        return current_deadline()

    assert asyncio.run(main()) is None


def test_a_timeout_that_comes_twice_is_no_timeout():
    async def main():
        headers = [("grpc-timeout", "1S"), ("grpc-timeout", "2S")]
        request = make_mocked_request("GET", "/", web.Response(headers=headers).headers)
        return await deadline_middleware(on_bad="reject")(request, None)

    assert asyncio.run(main()).status == 400


def test_wrong_settings_are_told_when_it_is_made():
    with pytest.raises(ValueError, match="cap must be finite seconds"):
        deadline_middleware(cap=0)
