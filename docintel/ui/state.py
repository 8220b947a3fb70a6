"""Session state: every key that pages keep unsaved work under. What is shown lives in the address."""

from enum import StrEnum


class Key(StrEnum):
    MENU_ACTION = "menu_action"
    """What was chosen for documents: (action, their ids), until its dialog is opened."""
    SELECTION = "selection"
    """Ids of the documents that are ticked, as keys of a dict."""
    RANGES = "ranges"
    STALE = "stale_uploads"
    """Paths of upload addresses that have expired while files were waiting for them."""
    UNDO = "undo"
    """Ids of the documents that were deleted last."""
    KNOWN = "sign_in_recorded"
    """Whether this session's sign-in stands in the audit trail already."""
    REFUSED = "refused_sign_in_recorded"
    """Whether it stands there that this session's sign-in was refused."""
    PASSWORD_FOR = "password_for"
    """The document whose password was asked for on the jobs page, until its dialog is opened."""
    CANVAS = "canvas"
    SCOPE = "scope_documents"
    """The documents that are asked."""
    SETTINGS_KEPT = "settings_kept"
    """Whether settings were just changed, until the page has said so."""
    TURNS = "turns"
    """Questions of this session and their answers."""
