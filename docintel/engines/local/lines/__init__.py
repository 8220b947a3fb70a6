"""What each line of a page says: its script is seen first, that chooses the recogniser, and the recogniser reads."""
