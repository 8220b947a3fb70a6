"""Text as text: sentences, terms to search by, words for the same thing, where words stand. Pure."""
