"""How well a model reads: held-out samples and real scans, what was read of them, and how far off it is."""
