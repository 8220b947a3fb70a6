"""Imported once where reading processes are forked from. It loads what they could not load themselves: a library that
makes a temporary file for it would find no place for one in their sandbox."""

from docintel import language

language.load_model()
