"""Inputs after public bug reports, each with what is right: `cases/NAME.toml`, drawn by `make`."""
