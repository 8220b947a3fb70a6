"""The documents: add, find, choose, open, export, file, delete."""

from docintel.ui import frame
from docintel.ui.documents import adding, listing
from docintel.ui.resources import home

frame.enter()
opened = home()
adding.show(opened)
if opened.library.count() or opened.library.bin.count():
    listing.show(opened)
