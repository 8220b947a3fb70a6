"""The ASGI side of the app: signed addresses, routes beside Streamlit's own, security headers, serving."""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

from docintel.settings import PROJECT, Settings


def serve(settings: Settings, *, host: str = "127.0.0.1", port: int = 8501) -> None:
    """Serves app.py, as `streamlit run app.py` does, until it is stopped."""
    from docintel.server import connections

    connections.guard()
    script = PROJECT / "app.py"
    os.environ["DOCINTEL_HOME"] = str(settings.home)
    if settings.password_file:
        os.environ["DOCINTEL_PASSWORD_FILE"] = str(settings.password_file)
    sys.argv = [str(script)]  # Streamlit looks for .streamlit/config.toml beside what was started
    _app(script).run(config={"server.address": host, "server.port": port, "server.headless": True})


def _app(script: Path) -> Any:
    """The `streamlit.App` that app.py makes when it is imported rather than run as a page."""
    return runpy.run_path(str(script), run_name="docintel_app")["app"]
