"""The exit codes of the command line, and which error leads to which."""

from __future__ import annotations

import enum

import requests

from ..exceptions import AhoyhoyLbException, ClientNoEndpointsException


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
  1    with --fail: the answer was 4xx or 5xx; demo: a call failed
  2    wrong usage, or a TARGET that is none
  3    no host could be reached
  4    timeout
  5    any other error of a request
  130  interrupted (Ctrl-C)
"""


def exit_of(error: Exception) -> Exit | None:
    """The code for an error that is no defect of ours; None for every other."""
    # No host before timeout: when every host timed out, the hosts are the news.
    if isinstance(error, (ClientNoEndpointsException, AhoyhoyLbException)):
        return Exit.NO_HOST
    if isinstance(error, requests.Timeout):
        return Exit.TIMEOUT
    if isinstance(error, requests.RequestException):
        return Exit.REQUEST_ERROR
    return None
