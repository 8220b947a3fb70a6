"""The page that asks for a password: HTML of its own, since nothing of the app is shown before."""

from html import escape

STYLE = """
:root { color-scheme: light dark; font: 16px system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; }
form { display: grid; gap: .8rem; width: min(20rem, 90vw); }
label { display: grid; gap: .3rem; }
input, button { font: inherit; padding: .6rem .8rem; border-radius: 8px; border: 1px solid #8a93a3; }
button { background: #2c5cc5; color: #fff; border: 0; cursor: pointer; }
[role=alert] { color: #c0392b; margin: 0; }
"""
ADDRESS = '<label>E-mail<input name="address" type="email" autocomplete="username" required autofocus></label>'
PASSWORD = '<label>Password<input name="password" type="password" autocomplete="current-password" required{}></label>'


def sign_in_page(action: str, *, has_users: bool, problem: str) -> str:
    """`action` is escaped already."""
    fields = ADDRESS + PASSWORD.format("") if has_users else PASSWORD.format(" autofocus")
    said = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>docintel</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{STYLE}</style></head><body><form method="post" action="{action}">'
        f"<h1>docintel</h1>{said}{fields}<button>Sign in</button></form></body></html>"
    )
