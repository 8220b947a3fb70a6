"""The app: the frame when Streamlit runs it as a script, the ASGI application when a server imports it."""

from pathlib import Path

import streamlit as st

if st.runtime.exists():
    from docintel.ui import frame

    frame.run()
else:
    from docintel.ui.serving import lifespan, middleware, routes, show_error

    app = st.App(
        Path(__file__).resolve(),
        lifespan=lifespan,
        routes=routes(),
        middleware=middleware(),
        on_script_error=show_error,
    )
