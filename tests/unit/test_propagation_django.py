import asyncio

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings

from ahoyhoy.propagation import current_deadline, current_priority
from ahoyhoy.propagation.django import DeadlineMiddleware
from propagating import async_django_views, django_views

TERMS = {"HTTP_X_REQUEST_TIMEOUT": "20", "HTTP_X_REQUEST_PRIORITY": "low"}


def ambient():
    in_force = current_deadline()
    return in_force is not None, current_priority()


class Recorder:
    """What a view calls: notes what holds."""

    def __init__(self):
        self.seen = []

    def __call__(self):
        self.seen.append(ambient())


@pytest.fixture
def recorder():
    return Recorder()


@pytest.mark.parametrize("path", ["/", "/stream"])
@pytest.mark.parametrize("views", [django_views, async_django_views])
def test_djangos_own_client_sees_the_terms_too(recorder, views, path):
    async def ask():
        # Of the test's loop: closing what is asynchronous must happen in it.
        response = await AsyncClient().get(path, headers={"X-Request-Timeout": "20"})
        parts = response.streaming_content if response.streaming else response
        return b"".join([part async for part in parts] if response.streaming else parts)

    with override_settings(ROOT_URLCONF=views(recorder)):
        if views is async_django_views:
            assert asyncio.run(ask()) in (b"None", b"ab")
        else:
            assert Client().get(path, **TERMS).getvalue() in (b"None", b"ab")
    assert [known for known, _ in recorder.seen] == [True]
    assert ambient() == (False, None)


def answer(view, **headers):
    return DeadlineMiddleware(view)(RequestFactory().get("/", **headers))


def test_a_streamed_body_is_made_on_the_terms_and_leaves_nothing_in_between(recorder):
    def parts():
        for part in "ab":
            recorder()
            yield part

    response = answer(lambda request: StreamingHttpResponse(parts()), **TERMS)
    for part in response:
        assert part in (b"a", b"b")
        assert ambient() == (False, None)
    assert recorder.seen == [(True, "low")] * 2


def test_an_asynchronous_body_is_made_on_the_terms_and_leaves_nothing_in_between(recorder):
    async def parts():
        for part in "ab":
            recorder()
            yield part

    async def view(request):
        return StreamingHttpResponse(parts())

    async def main():
        response = await answer(view, **TERMS)
        async for _ in response:
            recorder()

    asyncio.run(main())
    assert recorder.seen == [(True, "low"), (False, None)] * 2


def test_a_body_that_is_not_read_to_its_end_is_closed():
    closed = []

    def parts():
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    response = answer(lambda request: StreamingHttpResponse(parts()), **TERMS)
    assert next(iter(response)) == b"a"
    response.close()
    assert closed == [True]


def test_a_file_is_left_for_the_server_to_send(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    with (tmp_path / "file").open("rb") as file:
        response = answer(lambda request: FileResponse(file), **TERMS)
        assert response.file_to_stream is file
        assert response.getvalue() == b"content"


def test_a_body_without_terms_is_left_as_it_is():
    streamed = StreamingHttpResponse(iter("ab"))
    before = streamed._iterator
    assert answer(lambda request: streamed)._iterator is before


@pytest.mark.parametrize("status", [400, 408])
def test_an_asynchronous_view_is_refused_like_a_plain_one(status):
    async def view(request):
        pytest.fail("called")

    headers = {"HTTP_X_REQUEST_TIMEOUT": "0" if status == 408 else "junk"}
    with override_settings(AHOYHOY_DEADLINE={"on_bad": "reject"}):
        response = asyncio.run(_awaited(answer(view, **headers)))
    assert (response.status_code, "X-Do-Not-Retry" in response) == (status, status == 408)


async def _awaited(response):
    return await response


def test_an_error_of_the_view_leaves_nothing_behind():
    def view(request):
        raise KeyError

    with pytest.raises(KeyError):
        answer(view, **TERMS)
    assert ambient() == (False, None)


def test_a_request_has_its_callers_name():
    names = []

    def view(request):
        names.append(request.service_name)
        return HttpResponse()

    answer(view, HTTP_X_SERVICE_NAME="billing")
    answer(view)
    assert names == ["billing", None]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"default": 0}, "AHOYHOY_DEADLINE: default must be finite seconds"),
        ({"deafult": 10}, "AHOYHOY_DEADLINE: .* unexpected keyword argument 'deafult'"),
        (10, "AHOYHOY_DEADLINE: .* must be a mapping"),
    ],
)
def test_wrong_settings_are_told_when_django_starts(setting, message):
    with (
        override_settings(AHOYHOY_DEADLINE=setting),
        pytest.raises(ImproperlyConfigured, match=message),
    ):
        DeadlineMiddleware(lambda request: HttpResponse())
