"""Where others reach into requests, urllib3 and http.client: patched there, all goes the stock way.

Recorders of traffic, tracers and stand-ins replace functions of these packages, and rely on them
being called. What does the same work without calling them asks first whether they are still there.
"""

from __future__ import annotations

import http.client
import types
from collections.abc import Callable
from typing import Any

import requests
import requests.adapters
import requests.cookies
import requests.models
import requests.sessions
import requests.utils
import urllib3.connection
import urllib3.connectionpool
import urllib3.poolmanager
import urllib3.response

_PACKAGES = frozenset(("requests", "urllib3", "urllib", "http", "time", "json", "simplejson"))
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
#: What a name may stand for besides a function or a class: nothing that could be called instead.
_CONSTANTS = (str, int, tuple, frozenset, type(None))


class Seams:
    """Names of classes and modules, and what they stood for when this was made.

    Args:
        watched: an owner (class, module) and its names; the ones it lacks are left out.

    Threading: never changes.
    """

    #: Whether each of them is the stock one; asked on each call, so it takes microseconds.
    untouched: Callable[[], bool]
    __slots__ = ("untouched",)

    def __init__(self, *watched: tuple[Any, str]) -> None:
        known: dict[str, Any] = {}
        looks: list[str] = []
        for owner, listed in watched:
            for name in listed.split():
                if hasattr(owner, name):
                    number = len(looks)
                    known[f"owner{number}"], known[f"stock{number}"] = owner, getattr(owner, name)
                    looks.append(f"owner{number}.{name} is stock{number}")
        is_intact = all(_is_stock(item) for key, item in known.items() if key[:5] == "stock")
        # Written out, it takes a quarter of the time of a loop. By identity: what wraps a function
        # may say that it equals it.
        text = " and ".join(looks) if is_intact else "False"
        self.untouched = eval(f"lambda: {text}", known)  # noqa: S307 - our own text


def _is_stock(item: Any) -> bool:
    """Whether it came with its package: nobody got there before this was imported."""
    if isinstance(item, property):
        item = item.fget
    item = getattr(item, "__func__", item)
    if isinstance(item, type):
        return item.__module__.partition(".")[0] in _PACKAGES
    if isinstance(item, types.ModuleType):
        return item.__name__ in _PACKAGES
    # By its type: what wraps a function may say that it is one.
    if type(item) not in _FUNCTIONS:
        return type(item) in _CONSTANTS
    # Not its __module__ alone: a careful patch has that of what it replaces.
    home = getattr(item, "__globals__", {}).get("__name__", item.__module__)
    if home == "contextlib":  # a context manager of theirs
        return item.__module__.partition(".")[0] in _PACKAGES
    return home.partition(".")[0] in _PACKAGES and not hasattr(item, "__wrapped__")


#: What a call of a session's method runs through before and after its adapter's `send`.
SESSION = Seams(
    (
        requests.Session,
        """request send prepare_request get_adapter merge_environment_settings resolve_redirects
        get_redirect_target rebuild_auth rebuild_proxies rebuild_method""",
    ),
    (
        requests.sessions,
        """Request PreparedRequest RequestsCookieJar CaseInsensitiveDict merge_setting merge_hooks
        merge_cookies cookiejar_from_dict extract_cookies_to_jar dispatch_hook get_netrc_auth
        get_environ_proxies resolve_proxies preferred_clock""",
    ),
    (requests.Request, "__init__"),
    (
        requests.PreparedRequest,
        """__init__ prepare prepare_method prepare_url prepare_headers prepare_cookies prepare_body
        prepare_auth prepare_content_length prepare_hooks path_url register_hook _encode_params
        _encode_files _get_idna_encoded_host""",
    ),
    (
        requests.models,
        """check_header_validity get_cookie_header get_auth_from_url requote_uri parse_url super_len
        complexjson""",
    ),
    (requests.Response, "content is_redirect iter_content"),
    (requests.cookies.RequestsCookieJar, "__init__ extract_cookies"),
    (requests.utils, "should_bypass_proxies getproxies proxy_bypass get_netrc_auth select_proxy"),
)

#: What an adapter's `send` runs through on a connection that it has.
TRANSPORT = Seams(
    (
        requests.adapters.HTTPAdapter,
        """send build_response get_connection_with_tls_context build_connection_pool_key_attributes
        get_connection cert_verify request_url add_headers""",
    ),
    (
        requests.adapters,
        """Response CaseInsensitiveDict TimeoutSauce select_proxy extract_cookies_to_jar
        get_encoding_from_headers""",
    ),
    (requests.Response, "__init__ content iter_content"),
    (requests.PreparedRequest, "path_url"),
    (
        urllib3.poolmanager.PoolManager,
        "connection_from_host connection_from_context connection_from_pool_key",
    ),
    (
        urllib3.connectionpool.HTTPConnectionPool,
        "urlopen _make_request _get_conn _put_conn ConnectionCls ResponseCls",
    ),
    (
        urllib3.connectionpool.HTTPSConnectionPool,
        "urlopen _make_request _get_conn _put_conn _validate_conn ConnectionCls",
    ),
    # Of the next two, the first has what it inherits of the second.
    (
        urllib3.connection.HTTPConnection,
        """request putrequest putheader endheaders send getresponse close is_connected
        response_class _http_vsn_str _send_output""",
    ),
    (http.client.HTTPConnection, "request putrequest putheader getresponse close _send_request"),
    (urllib3.connection.HTTPSConnection, "request putrequest endheaders send getresponse"),
    (urllib3.response.HTTPResponse, "__init__ read stream release_conn close"),
    (
        http.client.HTTPResponse,
        "__init__ begin read readinto close isclosed _read_status _close_conn",
    ),
    (http.client, "HTTPConnection HTTPResponse HTTPMessage parse_headers _read_headers"),
)
