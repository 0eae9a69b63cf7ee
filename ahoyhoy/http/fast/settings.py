"""What a session and the environment say about a request, as its adapter is told."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import requests
from requests.cookies import RequestsCookieJar

from .environment import ENVIRONMENT

_NO_HOOKS: dict[str, list[Any]] = {"response": []}
#: What requests does not merge with a session's, but has instead of it.
_SCALARS = frozenset((type(None), bool, str, tuple))


def is_plain(session: requests.Session, stream: Any, verify: Any, cert: Any) -> bool:
    """Whether neither session nor environment adds to a request what only requests knows to add.

    That is auth, cookies, hooks, parameters, and proxies of the session's own.

    Args:
        session: of the request.
        stream: of the request, as for `Session.request`, and so the following.
        verify: of the request.
        cert: of the request.
    """
    state: Any = session
    jar, proxies, params = state.cookies, state.proxies, state.params
    return (
        type(jar) is RequestsCookieJar
        and not jar._cookies  # type: ignore[attr-defined]
        and state.auth is None
        and state.hooks == _NO_HOOKS
        and (proxies is None or (type(proxies) is dict and not proxies))
        and (params is None or (type(params) is dict and not params))
        and type(verify) in _SCALARS
        and type(stream) in _SCALARS
        and type(cert) in _SCALARS
        and not (state.trust_env and ENVIRONMENT.may_have_auth())
    )


def settings_of(
    session: requests.Session, url: str, timeout: Any, stream: Any, verify: Any, cert: Any
) -> dict[str, Any]:
    """The arguments of the adapter's `send`, as `Session.request` makes them, if all is plain.

    Args:
        session: of the request.
        url: of the prepared request.
        timeout: of the request, as for `Session.request`, and so the following.
        stream: of the request.
        verify: of the request.
        cert: of the request.
    """
    state: Any = session
    # requests merges two dicts to an OrderedDict, also if there is nothing in them.
    proxies: dict[str, str] = {} if state.proxies is None else OrderedDict()
    if state.trust_env:
        if said := ENVIRONMENT.proxies_for(url):
            proxies.update(said)
        if verify is True or verify is None:
            verify = ENVIRONMENT.ca_bundle() or verify
    return {
        "timeout": timeout,
        "proxies": proxies,
        "stream": state.stream if stream is None else stream,
        "verify": state.verify if verify is None else verify,
        "cert": state.cert if cert is None else cert,
    }
