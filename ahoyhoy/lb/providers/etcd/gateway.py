"""Speaking to the HTTP gateway of etcd, as a user if it asks for one."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from ....exceptions import ProviderError
from ..known import RefusedError
from ..watching.registryhttp import Conversation


class LeaseGoneError(RefusedError):
    """There is no such lease (any more)."""


class EtcdGateway:
    """One conversation with etcd.

    See https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ for what is said.

    Args:
        conversation: with a member.
        credentials: `name` and `password`; None: nobody is asked for them.
        wanted: what the user must be allowed to do, for errors.

    Threading: for one thread.
    """

    def __init__(
        self, conversation: Conversation, credentials: Mapping[str, str] | None, wanted: str
    ) -> None:
        self.conversation = conversation
        self._credentials = credentials
        self._wanted = wanted
        self._headers: dict[str, str] = {}

    def ask(self, path: str, asked: Mapping[str, Any], **options: Any) -> Any:
        """The answer to a question, as `Conversation.ask` gives it.

        Raises:
            LeaseGoneError: it is about a lease that there is not.
            RefusedError: the user may not do this; or this is no etcd of 3.4 or later.
            ProviderError: no member answered as it should.
        """
        if self._credentials is not None and not self._headers:
            self._authenticate()
        try:
            return self._send(path, asked, **options)
        except _TokenExpiredError:
            self._authenticate()
            return self._send(path, asked, **options)

    def ask_json(self, path: str, asked: Mapping[str, Any], **options: Any) -> Any:
        """As `ask`; the JSON of the answer."""
        return self.conversation.json_of(self.ask(path, asked, **options))

    def _authenticate(self) -> None:
        self._headers = {}
        said = self.conversation.json_of(self._send("/v3/auth/authenticate", self._credentials))
        self._headers = {"Authorization": said["token"]}

    def _send(self, path: str, asked: Any, **options: Any) -> Any:
        return self.conversation.ask(
            "POST", path, json=asked, headers=self._headers, explain=self._explain, **options
        )

    def _explain(self, status: int, text: str) -> ProviderError:
        message = message_of(text)
        if "invalid auth token" in message and self._headers:
            return _TokenExpiredError(message)
        if any(word in message for word in ("auth", "permission", "user")):
            wanted = f"user= and password= must be those of one who may {self._wanted}"
            return RefusedError(f"etcd refuses the user ({status}: {message}): {wanted}")
        if "lease not found" in message:
            return LeaseGoneError(message)
        if status == 404:
            return RefusedError("there is no /v3 here: it must be etcd 3.4 or later")
        if status < 500 and status != 429:
            return RefusedError(f"etcd refuses the question ({status}: {message})")
        return ProviderError(f"etcd answered {status}: {message}")


class _TokenExpiredError(RefusedError):
    """The token that etcd gave for the password is not known any more."""


def message_of(text: str) -> str:
    """What an error of the gateway says."""
    try:
        said = json.loads(text)
        inner = said["error"]
        return str(inner["message"] if isinstance(inner, dict) else inner)
    except (ValueError, KeyError, TypeError):
        return text


def encoded(text: bytes) -> str:
    """Keys and values as the gateway takes them: base64."""
    return base64.b64encode(text).decode()
