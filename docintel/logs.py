"""Logging, configured here and nowhere else: for the app, its workers and the command line, as text or JSON on stderr.

Logs name documents by id. What a document says must not get into them: errors are logged by type and place without
their message, which often quotes what was read, and other libraries' lines begin at WARNING.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

from docintel.settings import Settings

OURS = ("docintel", "storage")
HANDLER = "docintel"


class TextLines(logging.Formatter):
    """Time, level, logger and message; an error's trace beneath."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.getMessage()}"
        return f"{line}\n{trace_of(record.exc_info[1])}".rstrip("\n") if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC, ISO 8601), level, logger, process, message and, of an error, its trace."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = trace_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def configure(settings: Settings) -> None:
    """Every logger of this process writes to stderr as the settings say; may be called again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name(HANDLER)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    for old in [each for each in root.handlers if each.get_name() == HANDLER]:
        root.removeHandler(old)
    root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level.upper())
    _take_over()


def _take_over() -> None:
    """Libraries that write lines of their own making (the web server, Streamlit) hand them to our handler instead."""
    for logger in [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]:
        for own in [each for each in logger.handlers if type(each) is logging.StreamHandler]:
            logger.removeHandler(own)
            logger.propagate = True


def trace_of(error: BaseException | None) -> str:
    """Where an error came from and what kind it is, with those that caused it first; no messages."""
    return "caused:\n".join(reversed(list(_parts(error))))


def _parts(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{''.join(traceback.format_tb(error.__traceback__))}{type(error).__qualname__}\n"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
