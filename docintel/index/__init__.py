"""The owner's vector index: Chroma, filled from the database's outbox and searched for what is near.

The database is the truth. The index is probed before it is opened; a damaged one is set aside and filled again, while
search goes on over the stored vectors.
"""

from docintel.index.index import Index
from docintel.index.reindexing import reindex

__all__ = ["Index", "reindex"]
