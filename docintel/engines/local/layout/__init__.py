"""What the lines of a page make up: regions, ruled grids, tables, headings, and from them blocks in reading order."""
