"""What the model is to write: its tokens, and the answer to a page or a region."""
