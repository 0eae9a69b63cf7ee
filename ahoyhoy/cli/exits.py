"""The exit codes of the command line, and which error leads to which."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import requests

from .._core import Attempt, Verdict
from ..exceptions import (
    AhoyhoyError,
    AhoyhoyLbException,
    ClientNoEndpointsException,
    ConfigurationError,
)
from ..utils.instance import netloc

#: Attempts that the line for an error tells of.
_TOLD = 5


class Exit(enum.IntEnum):
    """What the shell gets."""

    OK = 0
    HTTP_ERROR = 1
    USAGE = 2
    NO_HOST = 3
    TIMEOUT = 4
    REQUEST_ERROR = 5
    INTERRUPTED = 130


EXPLAINED = """\
exit codes:
  0    done
  1    with --fail: the answer was 4xx or 5xx; demo: a call failed;
       doctor: something is wrong
  2    wrong usage, a TARGET that is none, or a wrong configuration
  3    no host could be reached
  4    timeout
  5    any other error of a request
  130  interrupted (Ctrl-C)
register with a COMMAND: as that exited; 128 + N when signal N ended it.
"""


def told(error: Exception) -> str:
    """What is wrong, in a line: of an error that is requests' own, what became of each attempt."""
    attempts: Sequence[Attempt] = getattr(error, "attempts", ())
    if isinstance(error, AhoyhoyError) or not attempts:
        return str(error)
    last = attempts[-_TOLD:]
    what = f"{len(attempts)} attempts, the last: " if len(attempts) > _TOLD else ""
    return what + "; ".join(f"{netloc(a.host)}: {a.error or f'HTTP {a.status}'}" for a in last)


def exit_of(error: Exception) -> Exit | None:
    """The code for an error that is no defect of ours; None for every other."""
    if isinstance(error, ConfigurationError):
        return Exit.USAGE
    # No host before timeout: when every host timed out, the hosts are the news.
    if isinstance(error, (ClientNoEndpointsException, AhoyhoyLbException)):
        return Exit.NO_HOST
    attempts: Sequence[Attempt] = getattr(error, "attempts", ())
    if attempts and all(attempt.verdict is Verdict.UNSENT for attempt in attempts):
        return Exit.NO_HOST
    if isinstance(error, requests.Timeout):
        return Exit.TIMEOUT
    if isinstance(error, requests.RequestException):
        return Exit.REQUEST_ERROR
    return None
