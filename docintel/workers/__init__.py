"""The processes that read, and who keeps them alive."""
