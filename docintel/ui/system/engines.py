"""Which engines work here: asked once a process, in a child, since an engine has to be opened to know it."""

import json
import logging
import threading
from concurrent.futures import Future

import streamlit as st

from docintel.engines import EngineInfo, survey
from docintel.errors import DocintelError
from docintel.processes import children
from docintel.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT_S = 120.0


def surveyed(settings: Settings) -> list[EngineInfo] | None:
    """None while they are being looked at. Raises DocintelError."""
    asked = _asked(settings.model_dump_json())
    return asked.result() if asked.done() else None


@st.cache_resource(show_spinner=False, max_entries=1)
def _asked(settings: str) -> "Future[list[EngineInfo]]":
    answer: Future[list[EngineInfo]] = Future()
    threading.Thread(target=_answer, args=(answer, Settings(**json.loads(settings))), daemon=True).start()
    return answer


def _answer(answer: "Future[list[EngineInfo]]", settings: Settings) -> None:
    try:
        found = children.call(survey, settings, timeout_s=TIMEOUT_S, memory_bytes=settings.reader_memory_bytes)
    except (DocintelError, OSError) as error:
        log.warning("the engines could not be looked at: %s", error)
        answer.set_exception(DocintelError("The engines could not be looked at. `docintel engines` says more."))
    else:
        answer.set_result(found)
