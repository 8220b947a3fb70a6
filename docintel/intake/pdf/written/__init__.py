"""Pure: the glyphs of a text layer as somebody would type them: directions, words, raised digits, drop capitals."""
