"""The documents page: adding files, the list, what can be done with one document."""
