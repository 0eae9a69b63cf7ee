"""The hosts of another source, spoken to in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...utils.instance import as_instance
from .derivedprovider import DerivedProvider
from .iprovider import IProvider


class SpokenProvider(DerivedProvider):
    """The hosts of another source, spoken to by http or https whatever the source says.

    Args:
        provider: the source.
        scheme: `"http"` or `"https"`.
    """

    def __init__(self, provider: IProvider, scheme: str) -> None:
        super().__init__(provider)
        self._scheme = scheme

    def _derive(self, hosts: Sequence[Any]) -> Sequence[Any]:
        return tuple(replace(as_instance(host), scheme=self._scheme) for host in hosts)
