"""Answers whose head is read in one go, where it is as plain as nearly all are.

http.client reads a head by the parser of e-mails, line by line. The one here knows only what is
beyond doubt; all else it leaves, unread, to http.client. Either way the result is the same.
"""

from __future__ import annotations

import functools
import http.client
import io
import re
from typing import Any, NamedTuple

from .seams import Seams

#: What reads a head in http.client.
_READING = Seams(
    (http.client, "HTTPResponse HTTPMessage parse_headers _read_headers"),
    (http.client.HTTPResponse, "__init__ begin _read_status _check_close"),
)

_message = vars(http.client.HTTPMessage())
#: Whether a message of http.client keeps what is filled in here where it is known to be.
_UNDERSTOOD = (_message.get("_headers"), _message.get("_payload", "")) == ([], None)

#: How most answers begin.
_USUAL = "HTTP/1.1 200 OK\r\n"
# No interim answer, and a reason that no white space could divide in another way.
_STATUS = re.compile(r"HTTP/1\.([01]) ([2-9]\d\d)(?: ([!-~](?:[ -~]*[!-~])?)?)?\r\n", re.ASCII)
# Each begins with the line feed of the line before, so that none is begun in the middle. A value
# begins with no space, so that there is one way to match a line, and one pass to find out.
_FIELD = re.compile(r"\n([!-9;-~]+):[ \t]*((?:[!-~\xa0-\xff][\t -~\xa0-\xff]*)?)\r(?=\n)")

#: Of a field that is not there: no name, no value.
_NONE: Any = (None, None)

Fields = dict[str, list[str]]


def is_stock(kind: type) -> bool:
    """Whether answers of this class are http.client's own, and an `Answer` is the same."""
    return kind is http.client.HTTPResponse and _UNDERSTOOD and _READING.untouched()


class Head(NamedTuple):
    """The head of an answer.

    Args:
        version: 10 or 11.
        status: the number.
        reason: what is beside it.
        found: names and values, as they came.
    """

    version: int
    status: int
    reason: str
    found: list[tuple[str, str]]


def plain_head(text: str) -> Head | None:
    """The head of an answer, if it is plain but for what it says of its content (`is_compound`).

    Args:
        text: up to the line feed of its last field.
    """
    if text.startswith(_USUAL):
        version, status, reason, start = 11, 200, "OK", len(_USUAL) - 1
    else:
        first = _STATUS.match(text)
        if first is None:
            return None
        version, status, reason = 10 + int(first[1]), int(first[2]), first[3] or ""
        start = first.end() - 1
    if len(text) > http.client._MAXLINE:  # type: ignore[attr-defined]
        return None
    found = _FIELD.findall(text, start)
    # Each line is a field. For http.client the empty one counts too.
    count = text.count("\n", start) - 1
    if len(found) != count or count >= http.client._MAXHEADERS:  # type: ignore[attr-defined]
        return None
    return Head(version, status, reason, found)


class Answer(http.client.HTTPResponse):
    """An http.client answer.

    Attributes:
        fields: if its head was plain, names in lower case → the name as it came, and its values.
        arrived: how many bytes after the head came with it.
    """

    fields: Fields | None = None
    arrived = 0

    def begin(self, **settings: Any) -> None:
        """Read the head.

        Args:
            settings: what http.client says beyond what is usual.
        """
        begun: bool = self.headers is not None
        if begun or settings or self.debuglevel > 0 or type(self.fp) is not io.BufferedReader:
            super().begin(**settings)
            return
        there = self.fp.peek()
        end = there.find(b"\r\n\r\n") + 2
        if end < 2 or not self._take(there[:end].decode("latin-1")):
            super().begin()
        else:
            self.fp.read(end + 2)
            self.arrived = len(there) - end - 2

    def _take(self, head: str) -> bool:
        """Take the head if it is plain, and conclude from it what http.client does."""
        plain = plain_head(head)
        if plain is None:
            return False
        fields = _by_name(plain.found)
        if "content-type" in fields and is_compound("".join(fields["content-type"])):
            return False
        self.fields = fields
        self.version = plain.version
        self.code = self.status = plain.status
        self.reason = plain.reason
        self.headers = self.msg = message = http.client.HTTPMessage()
        message._headers = plain.found  # type: ignore[attr-defined]
        message._payload = ""  # type: ignore[attr-defined]
        self._conclude(fields)
        return True

    def _conclude(self, fields: Fields) -> None:
        coding = fields.get("transfer-encoding", _NONE)[1]
        chunked = coding is not None and coding.lower() == "chunked"
        self.chunked = chunked
        length = None
        if chunked:
            self.chunk_left = None
        else:
            length = _length(fields.get("content-length", _NONE)[1])
        if self.version == 11:
            said = fields.get("connection", _NONE)[1]
            self.will_close = said is not None and "close" in said.lower()
        else:
            self.will_close = bool(self._check_close())  # type: ignore[attr-defined]
        if self.status in (204, 304) or self._method == "HEAD":  # type: ignore[attr-defined]
            length = 0
        self.length = length
        if length is None and not chunked:
            self.will_close = True


def _by_name(found: list[tuple[str, str]]) -> Fields:
    fields: Fields = {}
    for name, value in found:
        key = name.lower()
        if key in fields:
            fields[key].append(value)
        else:
            fields[key] = [name, value]
    return fields


@functools.lru_cache(maxsize=256)
def is_compound(kind: str) -> bool:
    """Whether a parser of e-mails looks for messages within this one."""
    kind = kind.lower()
    return "multipart" in kind or "message" in kind


def _length(said: str | None) -> int | None:
    if not said:
        return None
    try:
        length = int(said)
    except ValueError:
        return None
    return None if length < 0 else length
