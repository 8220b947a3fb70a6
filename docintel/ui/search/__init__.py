"""The search page: full text as it is typed, each hit the line in its picture."""
