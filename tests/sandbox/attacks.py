"""How an attack is made: a function that a reading process is given in place of reading, and what it returned."""

import threading
from collections.abc import Callable
from typing import Any

from docintel.processes.children import Child
from docintel.processes.outcomes import Outcome, Returned

MEMORY = 1 << 30
PATIENCE_S = 60.0
KEY = "sk-0123456789"


def outcome(child: Child) -> Outcome:
    while (found := child.wait(1.0)) is None:
        continue
    return found


def done_by(child: Child, attack: Callable[..., Any], *args: Any) -> Any:
    """What an attack returned."""
    child.begin(attack, *args, timeout_s=PATIENCE_S)
    found = outcome(child)
    assert isinstance(found, Returned), found
    return found.value


def each(*attempts: Callable[[], object]) -> list[str]:
    """Which of them were not refused."""
    done = []
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except (OSError, ValueError):
            continue
        done.append(f"{number}: {attempt}")
    return done


def starts_threads() -> int:
    numbers: list[int] = []
    threads = [threading.Thread(target=numbers.append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(numbers)
