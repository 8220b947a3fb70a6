"""Printed pages as phones photograph them, and how well such a page was read."""
