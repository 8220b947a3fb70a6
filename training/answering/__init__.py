"""What the ranker of answers learns from: pages with questions in 21 languages, written for it."""
