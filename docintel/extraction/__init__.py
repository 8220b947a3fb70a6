"""Extraction by schema: the fields that somebody wants of each document, as values with their places on the page.

`schema` has the nouns, `json_schema` and `files` read schemas that others wrote, `ready` has those to start with.
`finding` asks each field of one document, `rows` reads repeated groups from its tables, `normalising` makes values
alike.
"""
