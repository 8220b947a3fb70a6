"""Check boxes: small frames on the page image, signs in the text, and the words that they stand for."""
