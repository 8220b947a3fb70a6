"""Full-text search over all pages, as it is typed."""

from docintel.ui import frame
from docintel.ui.resources import home
from docintel.ui.search import searching

frame.enter()
searching.show(home())
