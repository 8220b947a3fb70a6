"""The jobs page: how fast, how long yet, what is being read, what waits, what failed and why."""
