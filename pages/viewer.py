"""One page of a document: its image with boxes, and its text beside it."""

import streamlit as st

from docintel.ui import frame
from docintel.ui.address import ViewerAddress
from docintel.ui.documents import listing
from docintel.ui.resources import home
from docintel.ui.viewer import view

frame.enter()
address = ViewerAddress.read(st.query_params)
if address.document:
    view.show(home(), address)
else:
    listing.choose(home())
