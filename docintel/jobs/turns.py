"""Fair turns: of what is equally urgent, users are served one after the other, however much one of them has waiting."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from docintel.library.jobs.repository import JobRow


@dataclass(frozen=True)
class Waiting:
    """What one user has waiting, the oldest first."""

    user: str
    jobs: deque[JobRow]


class Turns:
    """Who was served when, as one worker remembers it: where each worker is fair, all together are."""

    def __init__(self) -> None:
        self._served: dict[str, int] = {}
        self._count = 0

    def served(self, user: str) -> None:
        self._count += 1
        self._served[user] = self._count

    def queues(self, jobs: Iterable[JobRow]) -> Iterator[deque[Waiting]]:
        """By priority, given jobs in order of urgency and age: each user's, the longest not served first."""
        for _, urgent in groupby(jobs, key=lambda job: job.priority):
            by_user: dict[str, deque[JobRow]] = {}
            for job in urgent:
                by_user.setdefault(job.user, deque()).append(job)
            users = sorted(by_user, key=lambda user: self._served.get(user, 0))
            yield deque(Waiting(user, by_user[user]) for user in users)
