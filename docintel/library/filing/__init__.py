"""How documents are kept: the bin, tags, names, and which collection each is in."""
