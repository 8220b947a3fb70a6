"""Processes that are modules of this package (`python -m docintel.…`): their settings are one line of JSON on stdin.

It stays open; when it ends, so has whoever started the process, and the process ends too. They share the session of
whoever started them: Linux gives each session an equal share of the cores (autogroup), and niceness counts only within
one.
"""

import json
import subprocess
import sys

from docintel.settings import PROJECT, Settings


def start(module: str, settings: Settings) -> "subprocess.Popen[str]":
    """Raises OSError where it cannot be started, or ended before it read its settings."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C at the terminal is its parent's to handle
    )
    assert process.stdin is not None
    try:
        process.stdin.write(f"{json.dumps(settings.model_dump(mode='json'))}\n")
        process.stdin.flush()
    except OSError:
        process.kill()
        process.wait()
        raise
    return process


def read_settings() -> Settings:
    """In the process itself, first thing."""
    return Settings(**json.loads(sys.stdin.readline()))
