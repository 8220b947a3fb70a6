"""Another small model: it reads lines of text in the scripts that no package carries a recogniser of, for the engine
`local`."""
