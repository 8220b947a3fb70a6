"""People: signing in and out, who may read a collection, who did what."""
