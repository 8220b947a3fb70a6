"""Where things are kept: bytes by key, rows, vectors. Knows nothing about documents."""
