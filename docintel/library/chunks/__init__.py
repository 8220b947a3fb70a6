"""A library's chunks: `rows` are their SQL in a transaction, `repository` what a library lets one ask."""
