"""What the cases are drawn with, by kind."""
