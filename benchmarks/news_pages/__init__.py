"""Pages like newspapers' and spreads of books, each sampled, with what they say, article by article."""
