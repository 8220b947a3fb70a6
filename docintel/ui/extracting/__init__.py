"""The page of extraction: which schema of which documents, the table of values, the grid that a schema is made in."""
