"""HTTP with a registry: its addresses in turn, TLS, and what went wrong in words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import requests

from ....exceptions import ProviderError
from ....http.bounds import Bounds, current
from ....http.sessions import new_session
from ..cached import seconds
from ..known import RefusedError
from .address import base_of, is_of_this_machine
from .jsonlist import items_of
from .pausing import together, with_pause
from .reading import TooLargeError, beginning_of, is_silence, lines_of, read_whole, within
from .token import checked_token
from .unreachable import unreachable

#: An address, or several: `"host:port"` or `"https://host:port"`.
Addresses: TypeAlias = "str | Sequence[str]"
#: As `requests` takes it: whether certificates are verified, or by which file or directory.
Verify: TypeAlias = "bool | str | os.PathLike[str]"
#: As `requests` takes it: a file with certificate and key, or the two files.
Certificate: TypeAlias = "str | tuple[str, str] | None"
#: What a status of 400 or more, and its text, mean: a `RefusedError` if asking again is of no use.
Explain: TypeAlias = Callable[[int, str], ProviderError]

# Of a text that may be a whole page.
_SHOWN = 200
#: What Go's servers say at a port for TLS to one that speaks none.
_MEANT_TLS = "HTTP request to an HTTPS server"
#: Instead of those that the environment names.
_NO_PROXIES = {"http": None, "https": None, "all": None}
#: In timeouts: how long an answer may take from its first byte to its last.
_READING = 3


class SilenceError(ProviderError):
    """A stream brought nothing for as long as was to be waited."""


class RegistryHttp:
    """Where a registry is, and how to speak to it: settings alone, shared by all threads.

    Args:
        what: how errors call it, such as `"the Consul agent"`.
        address: `"host:port"` (http), or `"https://host:port/base"`; or several, of which the
            next is used when one fails.
        port: the port of an address that has none.
        path: the path of an address that has none.
        headers: sent with every request; they are taken for tokens.
        verify: False for no verification of certificates, or a PEM file or directory to verify
            them with. It holds whatever `REQUESTS_CA_BUNDLE` says. Default True: as that says, or
            else the usual authorities.
        cert: the client's certificate: a PEM file, or `(certificate file, key file)`.
        timeout: seconds to wait for an answer; to connect to an address, an equal share of it.
            To read an answer may take three times as long.

    Raises:
        ValueError: for an address, a token, a file or a time that cannot be.
    """

    def __init__(
        self,
        what: str,
        address: Addresses,
        *,
        port: int,
        path: str = "",
        headers: Mapping[str, str] | None = None,
        verify: Verify = True,
        cert: Certificate = None,
        timeout: float = 10.0,
    ) -> None:
        addresses = [address] if isinstance(address, str) else list(address)
        if not addresses:
            raise ValueError(f"address of {what}: give one 'host:port', or several")
        self.what = what
        self.bases = tuple(base_of(text, port, path) for text in addresses)
        self.headers = {name: checked_token(it) for name, it in (headers or {}).items()}
        self.verify = verify if isinstance(verify, bool) else existing("verify", verify)
        self.cert = cert
        for file in (cert,) if isinstance(cert, str) else cert or ():
            existing("cert", file)
        self.timeout = seconds("timeout", timeout)
        # A first list is waited for as long: time is left for the next address, or to name this.
        self.connect_timeout = self.timeout / (len(self.bases) + 1)

    def open(self) -> Conversation:
        """A session with the registry, for one thread. To be closed."""
        return Conversation(self)


class Conversation:
    """A session with a registry: stays with one of its addresses until that fails.

    Threading: for one thread. What it waits for ends when the watch of that thread does.
    """

    def __init__(self, registry: RegistryHttp) -> None:
        self._registry = registry
        self._session = new_session()
        self._session.headers.update(registry.headers)
        self._place = 0
        # Of the watch that this is part of, which ends what it waits for.
        self._bounds = current() or Bounds()

    @property
    def base(self) -> str:
        """The address that answered last, as the beginning of a URL."""
        return self._registry.bases[self._place]

    def ask(
        self,
        method: str,
        path: str,
        *,
        explain: Explain | None = None,
        read_timeout: float | None = None,
        elsewhere: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> requests.Response:
        """The answer of the first address that gives one with a status below 300.

        Args:
            method: the HTTP method.
            path: the path, quoted, from its `/` on.
            explain: what a status means; default that it may pass.
            read_timeout: seconds to wait for the answer; default the registry's `timeout`.
            elsewhere: the `params` for an address that is asked because another failed, where they
                differ: its answer is not waited for longer than `timeout`.
            options: `params`, `json`, `data`, `headers`, `stream`, as for `requests`. An answer
                with `stream=True` is to be closed.

        Raises:
            RefusedError: TLS or the registry refuses; asking again is of no use.
            ProviderError: no address answered as it should.
        """
        failures = []
        for _ in self._registry.bases:
            try:
                return self._ask(method, path, explain or self._status, read_timeout, options)
            except RefusedError:
                raise
            except ProviderError as error:
                failures.append(error)
                self._place = (self._place + 1) % len(self._registry.bases)
                if elsewhere is not None:
                    options["params"], read_timeout = elsewhere, None
        raise together(failures)

    def ask_json(self, method: str, path: str, **options: Any) -> Any:
        """As `ask`; the JSON of the answer. ProviderError for what is none."""
        return self.json_of(self.ask(method, path, **options))

    def json_of(self, response: requests.Response) -> Any:
        """The JSON of an answer.

        Raises:
            ProviderError: when it is none: something else answers at that address.
        """
        return self.parsed(response.content)

    def parsed(self, content: bytes) -> Any:
        """The JSON of an answer, or of a line of it.

        Raises:
            ProviderError: when it is none.
        """
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ProviderError(f"{self._where} answered what is no JSON: {error}") from error

    def items_of(self, response: requests.Response) -> Iterator[Any]:
        """The items of the JSON list of an answer, read one at a time: there may be thousands.

        Raises:
            ProviderError: where it is none.
        """
        try:
            yield from items_of(response.content)
        except (ValueError, RecursionError) as error:
            text = f"{self._where} answered what is no list in JSON: {error}"
            raise ProviderError(text) from error

    def lines(self, response: requests.Response, longest: float) -> Generator[bytes, None, None]:
        """The lines of an answer with `stream=True`, each as soon as it is there. Closes it.

        Args:
            response: the answer.
            longest: seconds to wait for a line.

        Raises:
            SilenceError: when none came for so long.
            ProviderError: when the connection broke.
        """
        with response:
            lines = lines_of(response)
            while True:
                try:
                    with within(longest, self._bounds):
                        line = next(lines, None)
                except TooLargeError as error:
                    raise ProviderError(f"{self._where} answered with {error}") from None
                except (requests.RequestException, OSError) as error:
                    if is_silence(error):
                        raise SilenceError(f"{self._where} is silent") from error
                    raise unreachable(self._where, error) from error
                if line is None:
                    return
                yield line

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _where(self) -> str:
        return f"{self._registry.what} at {self.base}"

    def _ask(
        self,
        method: str,
        path: str,
        explain: Explain,
        read_timeout: float | None,
        options: dict[str, Any],
    ) -> requests.Response:
        registry = self._registry
        longest = read_timeout or registry.timeout
        timeouts = registry.connect_timeout, longest
        try:
            with within(longest + (1 + _READING) * registry.timeout, self._bounds):
                response = self._session.request(
                    method,
                    self.base + path,
                    timeout=timeouts,
                    # With each request: the environment's bundle overrides what the session says.
                    verify=registry.verify,
                    cert=registry.cert,
                    # A token must not go wherever somebody points to, nor a netrc replace it.
                    allow_redirects=False,
                    auth=_as_it_is,
                    # To a proxy 127.0.0.1 is itself: it would be shown the token for nothing.
                    proxies=_NO_PROXIES if is_of_this_machine(self.base) else None,
                    **{**options, "stream": True},
                )
                text = self._read(response, options.get("stream", False))
        except TooLargeError as error:
            raise ProviderError(f"{self._where} answered with {error}") from None
        except (requests.RequestException, OSError, ValueError) as error:
            # ValueError: of a redirect to what is no URL.
            raise unreachable(self._where, error) from error
        if text is None:
            return response
        if response.status_code == 400 and _MEANT_TLS in text:
            advice = "give https://… as its address, or in a URL tls=1"
            raise RefusedError(f"{self._where} speaks TLS: {advice}")
        raise with_pause(explain(response.status_code, text), response)

    def _read(self, response: requests.Response, is_stream: bool) -> str | None:
        """Read the body, unless it is a stream; the text of an answer that says what is wrong."""
        if response.status_code < 300 and is_stream:
            return None
        with response:
            if response.status_code < 300:
                read_whole(response)
                return None
            return " ".join(beginning_of(response, _SHOWN).split())

    def _status(self, status: int, text: str) -> ProviderError:
        return ProviderError(f"{self._where} answered {status}: {text}")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def existing(name: str, path: str | os.PathLike[str]) -> str:
    """The path of a file that is there.

    Raises:
        ValueError: where there is none; calls it by the name of the argument.
    """
    if not Path(path).exists():
        raise ValueError(f"{name}={os.fspath(path)!r}: there is no such file")
    return os.fspath(path)
