"""The system page: how this machine reads, a box to try configs of reading, and the settings that can be changed."""
