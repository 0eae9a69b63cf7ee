"""4.x import path of the balancers' errors."""

from ..exceptions import (
    AhoyhoyLbException,
    InvalidHostError,
    InvalidProviderError,
    LbNoEndpointsException,
    ProviderError,
    URLIsUnresolvedException,
)

__all__ = (
    "AhoyhoyLbException",
    "InvalidHostError",
    "InvalidProviderError",
    "LbNoEndpointsException",
    "ProviderError",
    "URLIsUnresolvedException",
)
