"""How this machine reads, a box to try ways of reading, and its settings."""

from docintel.ui import frame
from docintel.ui.resources import home
from docintel.ui.system import overview

frame.enter()
overview.show(home())
