"""The tests of requests that do not hold for a session of ours, and why that is right.

Without services there is none. All of them pass in the way `plain`, and in `stock` on a machine of
which nothing but loopback is asked.
"""

_PROXY = (
    "sets HTTP_PROXY and expects httpbin to be asked for through it. The environment's proxy is for"
    " names of elsewhere; hosts found by discovery are near, and a proxy could not reach them by"
    " the service's name. One that is named for the session or the request is used."
)

#: A test's id without its file, and the reason: where httpbin is a service.
BALANCED = {
    "TestRequests::test_respect_proxy_env_on_send_self_prepared_request": _PROXY,
    "TestRequests::test_respect_proxy_env_on_send_session_prepared_request": _PROXY,
    "TestRequests::test_respect_proxy_env_on_send_with_redirects": _PROXY,
    "TestRequests::test_respect_proxy_env_on_get": _PROXY,
    "TestRequests::test_respect_proxy_env_on_request": _PROXY,
    "TestRequests::test_transport_adapter_ordering": (
        "compares the list of all mounted adapters with the two of a new stock session, where a"
        " session with services has theirs too. That longer prefixes come first is tested by"
        " others in the suite."
    ),
}
