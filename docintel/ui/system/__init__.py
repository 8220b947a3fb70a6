"""The system page: how this machine reads, a box to try ways of reading, and the settings that can be changed."""
