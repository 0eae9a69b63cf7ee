"""The token that is shown to a registry."""

from __future__ import annotations


def checked_token(token: str) -> str:
    """The token, when a header can hold it.

    Raises:
        ValueError: when it cannot; does not repeat it, which requests would.
    """
    if not isinstance(token, str) or not token.isascii() or not f"-{token}-".isprintable():
        raise ValueError(
            "the token is no string of printable ASCII: perhaps it was read from a file, with the"
            " line break at its end, which strip() removes"
        )
    if token != token.strip():
        raise ValueError("the token has a space at its beginning or end: strip() removes it")
    return token
