"""What addresses of a registry failed with, and for how long they asked to be left alone."""

from __future__ import annotations

from collections.abc import Sequence

import requests

from ....classifiers.retryafter import retry_after
from ....exceptions import ProviderError

#: What `Retry-After` goes with: too many requests, and not now. With others it means other things.
_STATUSES = (429, 503)


def with_pause(error: ProviderError, response: requests.Response) -> ProviderError:
    """The error, with the pause that the answer asks for.

    Args:
        error: what the answer means.
        response: the answer.
    """
    if response.status_code in _STATUSES:
        error.retry_after = retry_after(response)
    return error


def together(failures: Sequence[ProviderError]) -> ProviderError:
    """What all addresses of a registry failed with, as one error.

    The pause is the shortest: an address that asked for none may be back at any moment.
    """
    if len(failures) == 1:
        return failures[0]
    error = ProviderError("; ".join(map(str, failures)))
    error.__cause__ = failures[-1]
    error.retry_after = min(failure.retry_after or 0.0 for failure in failures)
    return error
