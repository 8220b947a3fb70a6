"""What runs, what waits, what failed and why."""

from docintel.ui import frame, working
from docintel.ui.resources import home

frame.enter()
working.show(home())
