"""Questions to the documents, and answers with the places they come from."""

from docintel.ui import asking, frame
from docintel.ui.resources import home

frame.enter()
asking.show(home())
