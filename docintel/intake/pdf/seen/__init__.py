"""What of a text layer can be seen on the page, and whether it is what is painted there."""
