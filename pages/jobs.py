"""What runs, what waits, what failed and why."""

from docintel.ui import frame
from docintel.ui.jobs import overview
from docintel.ui.resources import home

frame.enter()
overview.show(home())
