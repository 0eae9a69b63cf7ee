"""What to use instead of a session's attributes on a `Client`."""

from __future__ import annotations

import requests

_ON_SESSION = "set it on a session of your own and pass that to add_session(session)"
_PER_CALL = "pass it to the call (client.get(path, NAME=…)), or " + _ON_SESSION

_ADVICE = {
    "headers": "use LBClientBuilder().add_headers({…}), or pass headers= to the call",
    "timeout": "use LBClientBuilder().add_timeout(seconds), or pass timeout= to the call",
    "verify": _PER_CALL,
    "cert": _PER_CALL,
    "params": _PER_CALL,
    "auth": _PER_CALL,
    "cookies": _PER_CALL,
    "proxies": _PER_CALL,
    "stream": _PER_CALL,
    "hooks": _PER_CALL,
    "send": "use client.request(method, path); a prepared request has its host already",
    "prepare_request": "use client.request(method, path)",
}

#: The attributes of a session that a Client does not have, and would silently ignore.
INSTEAD = frozenset(
    {
        *_ADVICE,
        *requests.Session.__attrs__,
        *(name for name in dir(requests.Session) if not name.startswith("_")),
    }
    - {"get", "options", "head", "post", "put", "patch", "delete", "request", "close"}
)


def advice(name: str) -> str:
    """The text of the AttributeError for `client.<name>`."""
    text = f"Client has no attribute {name!r}"
    if name not in INSTEAD:
        return text
    instead = _ADVICE.get(name, _ON_SESSION).replace("NAME", name)
    return f"{text}: each call may go to another host. Instead, {instead}."
