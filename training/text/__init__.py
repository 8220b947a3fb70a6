"""Text to draw: which characters there are, where it comes from, and passages and words out of it."""
