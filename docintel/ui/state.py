"""Session state: every key that pages keep unsaved work under. What is shown lives in the address."""

from enum import StrEnum


class Key(StrEnum):
    MENU_ACTION = "menu_action"
    """What was chosen in a document's menu: (action, document id), until its dialog is opened."""
    KNOWN = "sign_in_recorded"
    """Whether this session's sign-in stands in the audit trail already."""
    REFUSED = "refused_sign_in_recorded"
    """Whether it stands there that this session's sign-in was refused."""
    PASSWORD_FOR = "password_for"
    """The document whose password was asked for on the jobs page, until its dialog is opened."""
    CANVAS = "canvas"
    EDIT_MODE = "edit_mode"
    """The switch in the viewer; whether it is on stands in the address."""
    CORRECTION_PROBLEM = "correction_problem"
    """Why the last correction was not made: document id, page, the reason, and what was typed."""
    SCOPE = "scope_documents"
    """The documents that are asked."""
    SETTINGS_KEPT = "settings_kept"
    """Whether settings were just changed, until the page has said so."""
    TURNS = "turns"
    """Questions of this session and their answers."""
