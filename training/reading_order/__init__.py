"""A very small model: which cut through a page of columns keeps the order of reading, for the engine `local`."""
