"""Processes that are started, limited and ended here: calls in children, modules of this package."""
