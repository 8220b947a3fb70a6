"""What storage raises; the library puts it into the user's words.

StorageError
├── Missing      no bytes under that key
├── Busy         another process held the database for longer than the busy timeout
├── Full         no space left on the disk
├── Damaged      what is kept is not what was written
├── Unavailable  it cannot be written, or is not there: read-only, somebody else's, moved away, a disk that is gone
├── Newer        the database was written by a newer release
└── BadMatch     the full-text expression cannot be read
"""


class StorageError(Exception):
    pass


class Missing(StorageError):
    pass


class Busy(StorageError):
    pass


class Full(StorageError):
    pass


class Damaged(StorageError):
    pass


class Unavailable(StorageError):
    pass


class Newer(StorageError):
    pass


class BadMatch(StorageError):
    pass
