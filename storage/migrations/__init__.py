"""The schema's history. `HEAD` is the revision that this release reads and writes."""

HEAD = "0010"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Oldest first; a database with another revision was written by a newer release."""
