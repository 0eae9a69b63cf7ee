"""4.x import path of the clients' errors."""

from ..exceptions import (
    AhoyhoyClientException,
    AhoyhoyRequestsException,
    BuilderError,
    ClientNoEndpointsException,
)

__all__ = (
    "AhoyhoyClientException",
    "AhoyhoyRequestsException",
    "BuilderError",
    "ClientNoEndpointsException",
)
