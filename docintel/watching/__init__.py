"""Watched folders: looked at again and again; files are taken once they are complete, then moved away or left.

By looking, not by the kernel's events: those never come for what another machine writes to a network share, which is
where scanners put their files, and they are lost when the queue overflows. A look is one `stat` a file.
"""

from docintel.watching.watcher import Watcher
from docintel.watching.watching import Watching

__all__ = ["Watcher", "Watching"]
