"""The values a call is made of."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from ..utils import Host
from .body import Body
from .cancellation import Cancellation
from .deadline import Deadline

#: Sending these twice leaves the server as sending them once (RFC 9110, 9.2.2).
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


class Verdict(enum.Enum):
    """What became of one attempt. Decided once, by the classifier; read by everything else."""

    #: The host answered, and the answer stands.
    ACCEPTED = "accepted"
    #: It failed and that is the end of the call.
    FAILED = "failed"
    #: Sent, and failed in a way another host might not. Repeated only where that is safe.
    RETRYABLE = "retryable"
    #: Not a byte of the request was sent. Any method may go to another host.
    UNSENT = "unsent"
    #: Says nothing about the host: cancelled, or the programmer's mistake. Moves no counter.
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reason.

    Attributes:
        verdict: what became of the attempt.
        reason: a short phrase for people (`"connect timeout"`, `"HTTP 503"`); empty when accepted.
        refused: the host turned the connection away; it is surely not serving.
        slow: finding out cost the caller a timeout.
        answered: the host gave a whole answer, if a bad or a late one: it can be reached.
        throttled: the host is well, and asks for fewer requests (429).
        retry_after: for how many seconds the host asked to be left alone.
        abandoned: it was stopped because nobody waited any more: an answer would have taken
            longer than this attempt did.
    """

    verdict: Verdict
    reason: str = ""
    refused: bool = False
    slow: bool = False
    answered: bool = False
    throttled: bool = False
    retry_after: float | None = None
    abandoned: bool = False
    #: whether the host is to blame: no property, because it is asked often
    is_failure: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        blamed = self.verdict not in (Verdict.ACCEPTED, Verdict.IGNORED)
        object.__setattr__(self, "is_failure", blamed)


#: Of an attempt that was not made: no host was left for it.
NO_HOST = Judgement(Verdict.FAILED, "no host left")


class Call(NamedTuple):
    """What the caller asked for: one request, however many attempts it takes."""

    method: str
    url: str
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = MappingProxyType({})
    #: The name of the session's method: `"get"` …, or `"request"`, which takes the method as well.
    verb: str = "get"
    body: Body = Body()
    #: until when somebody waits
    deadline: Deadline | None = None
    #: `"high"`, `"normal"` or `"low"`; None: the caller did not say
    priority: str | None = None
    #: what a consistent hash is made of; None: what its balancer takes
    key: str | None = None
    #: stops this attempt from another thread
    cancellation: Cancellation | None = None
    #: go through an open circuit; the outcome counts all the same
    bypass: bool = False

    @classmethod
    def of(cls, verb: str, method: str, url: str, args: tuple[Any, ...], options: Any) -> Call:
        """The call of a verb, its body's starting position noted."""
        if verb == "request" and args:
            options, args = _named(args, options), ()
        return cls(method, url, args, options, verb, Body.of(verb, args, options))

    def with_options(self, **changes: Any) -> Call:
        """The same call with some keyword arguments of `requests` replaced."""
        return self._replace(options={**self.options, **changes})

    def with_(self, **changes: Any) -> Call:
        """The same call with some of its attributes replaced."""
        return self._replace(**changes)

    @property
    def idempotency_key(self) -> bool:
        """Whether the caller promised, by an `Idempotency-Key`, that the server tells repeats apart."""
        headers = self.options.get("headers")
        if not headers:
            return False
        return any(
            str(name).lower() == "idempotency-key" and value
            for name, value in dict(headers).items()
        )

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again after it was sent: by its method, or by an `Idempotency-Key`."""
        return self.method in IDEMPOTENT_METHODS or self.idempotency_key


#: What `requests.Session.request` takes after method and URL, in its order.
_REQUEST_ARGUMENTS = (
    "params", "data", "headers", "cookies", "files", "auth", "timeout", "allow_redirects",
    "proxies", "hooks", "stream", "verify", "cert", "json",
)  # fmt: skip


def _named(args: tuple[Any, ...], options: Mapping[str, Any]) -> dict[str, Any]:
    """Positional arguments of `request` by their names: headers and body must be found."""
    if len(args) > len(_REQUEST_ARGUMENTS):
        raise TypeError(f"request() takes at most {len(_REQUEST_ARGUMENTS) + 2} arguments")
    named = dict(zip(_REQUEST_ARGUMENTS, args, strict=False))
    twice = named.keys() & options.keys()
    if twice:
        raise TypeError(f"request() got multiple values for {', '.join(sorted(twice))}")
    return {**named, **options}


class Outcome(NamedTuple):
    """The result of one attempt: a response, an error, or (a last 5xx) both."""

    judgement: Judgement
    response: Any = None
    error: Exception | None = None
    elapsed: float = 0.0
    #: of the answer, before a post callback made something else of it
    status: int | None = None

    @property
    def verdict(self) -> Verdict:
        """What became of the attempt."""
        return self.judgement.verdict

    def unwrap(self) -> Any:
        """Return the response, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.response


class Attempt(NamedTuple):
    """One line of the story of a call, as `error.attempts` and `attempts_of(response)` tell it.

    Attributes:
        host: where it went.
        started: seconds since the call began.
        elapsed: how long it took, in seconds.
        verdict: what became of it.
        status: the HTTP status, if there was an answer.
        error: a short phrase (`"connection refused"`), or None.
    """

    host: Host
    started: float
    elapsed: float
    verdict: Verdict
    status: int | None = None
    error: str | None = None


class CallStory(NamedTuple):
    """What became of one call: `response.ahoyhoy`.

    Attributes:
        attempts: oldest first; those included that were never sent, or cancelled.
        elapsed: seconds, all attempts and pauses included; until the head of a streamed answer.
    """

    attempts: tuple[Attempt, ...]
    elapsed: float
