"""The page of one document."""
