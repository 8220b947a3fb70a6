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
    SCOPE = "scope_documents"
    """The documents that are asked."""
    SETTINGS_KEPT = "settings_kept"
    """Whether settings were just changed, until the page has said so."""
    ASKING = "asking"
    """The question that is being asked, or could not be answered."""
    CONVERSATION = "conversation"
    """The conversation that the scope was chosen for, or nothing: a new one."""
