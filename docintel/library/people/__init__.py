"""People: who may see and change which collection, with whom it is shared, and who did what to it."""
