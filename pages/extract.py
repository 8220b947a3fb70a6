"""Values of each document by a schema: a table of them, each with its place on the page."""

from docintel.ui import frame
from docintel.ui.extracting import overview
from docintel.ui.resources import home

frame.enter()
overview.show(home())
