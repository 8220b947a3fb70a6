"""Session state: every key that pages keep unsaved work under. What is shown lives in the address."""

from enum import StrEnum


class Key(StrEnum):
    UPLOADS = "uploads_taken"
    """How many times the upload field was emptied; part of its key, since a new key is a new field."""
    REFUSED = "refused"
    """Files of the last upload that were not taken, until that was read."""
    WISH = "wish"
    """What was chosen in a document's menu: (action, document id), until its dialog is opened."""
    CANVAS = "canvas"
    SCOPE = "scope_documents"
    """The documents that are asked."""
    TURNS = "turns"
    """Questions of this session and their answers."""
