"""Services that a TOML file names: what it says of them, and on which line."""

from .services import VARIABLE, ServiceTable, document, service, tables
from .tomlfile import Document, read

__all__ = ("VARIABLE", "Document", "ServiceTable", "document", "read", "service", "tables")
