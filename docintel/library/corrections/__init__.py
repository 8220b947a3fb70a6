"""Corrections of pages: their history, what corrected pages said when they were read, and how both stay together."""
