"""Scanned documents in, structure and cited answers out."""

__version__ = "0.1.0"
