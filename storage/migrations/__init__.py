"""The schema's history. `HEAD` is the revision that this release reads and writes."""

HEAD = "0009"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0009")
"""Oldest first; a database with another revision was written by a newer release."""
