"""Where the app's files are, and where things are kept by default: in a checkout, or installed from a wheel."""

from pathlib import Path

from platformdirs import user_config_path, user_data_path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "app"
"""What scripts/packing.py puts into a wheel."""
IS_INSTALLED = _INSTALLED.is_dir()

PROJECT = _INSTALLED if IS_INSTALLED else _PACKAGE.parent
"""The folder of app.py, pages/ and samples/."""
HOME = user_data_path("docintel", appauthor=False) if IS_INSTALLED else PROJECT / "data"
"""Where everything is kept unless DOCINTEL_HOME says otherwise."""
ENV_FILE = (user_config_path("docintel", appauthor=False) if IS_INSTALLED else PROJECT) / ".env"
