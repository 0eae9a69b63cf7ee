"""Services that a TOML file names: what it says of them, and on which line."""

from .document import Document, read
from .services import VARIABLE, ServiceTable, document, service, tables

__all__ = ("VARIABLE", "Document", "ServiceTable", "document", "read", "service", "tables")
