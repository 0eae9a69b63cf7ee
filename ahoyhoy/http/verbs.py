"""The verbs of a session, written once for everything that looks like one."""

from __future__ import annotations

import abc
from typing import Any


class Verbs(abc.ABC):
    """`get`, `options`, `head`, `post`, `put`, `patch`, `delete` and `request`.

    Each passes its arguments on, positional ones too, as `requests.Session` would take them.
    """

    @abc.abstractmethod
    def _perform(
        self, verb: str, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        """Make the call; `verb` is the name of the session's method that was asked for."""

    def get(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a GET; arguments as for `requests.get`: `params` may be positional."""
        return self._perform("get", "GET", url, (), _with_params("get", args, kwargs))

    def options(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send an OPTIONS; arguments as for `requests.options`: `params` may be positional."""
        return self._perform("options", "OPTIONS", url, (), _with_params("options", args, kwargs))

    def head(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a HEAD; arguments as for `requests.head`: `params` may be positional."""
        return self._perform("head", "HEAD", url, (), _with_params("head", args, kwargs))

    def post(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a POST; arguments as for `requests.Session.post`."""
        return self._perform("post", "POST", url, args, kwargs)

    def put(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a PUT; arguments as for `requests.Session.put`."""
        return self._perform("put", "PUT", url, args, kwargs)

    def patch(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a PATCH; arguments as for `requests.Session.patch`."""
        return self._perform("patch", "PATCH", url, args, kwargs)

    def delete(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a DELETE; arguments as for `requests.delete`: `params` may be positional."""
        return self._perform("delete", "DELETE", url, (), _with_params("delete", args, kwargs))

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a request of any method; arguments as for `requests.Session.request`."""
        return self._perform("request", method.upper(), url, args, kwargs)


def _with_params(verb: str, args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
    if not args:
        return options
    if len(args) > 1 or "params" in options:
        raise TypeError(f"{verb}() takes a URL and params; give all else by keyword")
    return {"params": args[0], **options}


VERBS = ("get", "options", "head", "post", "put", "patch", "delete")


def stock_verb(item: object, verb: str, owner: type) -> bool:
    """Whether `item.<verb>` is the one that class `owner` wrote: not overridden, not patched."""
    return verb not in vars(item) and getattr(type(item), verb, None) is getattr(owner, verb, None)
