"""Everything docintel raises on purpose. Each error says what happened and what the user can do.

DocintelError                 1   anything below
├── UsageError                2   the command or the setting makes no sense
├── FileError                 1   one file cannot be taken in
│   ├── UnsupportedFile           not a document that docintel reads
│   ├── EmptyFile                 nothing inside
│   ├── DamagedFile               a document, but broken past repair
│   ├── PasswordRequired          encrypted: no password, or the wrong one
│   └── TooLarge                  over a limit of bytes, pages or pixels
├── PageError                 1   one page cannot be rendered or read
│   └── OutOfDeviceMemory         it alone needs more memory than the GPU has left
├── EngineUnavailable         1   an engine, a language or weights are not installed
│   └── EngineLoading             a model is being loaded: later
├── NotFound                  1   no such document, page or collection
├── DoesNotFit                1   the page is not what it was when the correction was made
│   └── CorrectedMeanwhile        somebody has corrected it since
├── OwnerOnly                 1   readers of a collection may look, search, ask and export, no more
├── SignedOut                 1   the sign-in has ended, or there was none
│   └── SignInRefused             what the sign-in provider says cannot be accepted
├── HomeInUse                 1   another process owns DOCINTEL_HOME
├── StoreBusy                 1   another process has been writing for too long: later
├── StoreUnavailable          1   what is kept cannot be written, or is not there
├── DamagedStore              1   what is kept is not what was written
│   └── DamagedPage               one page of it; the others can be used
├── DamagedBackup             1   what a backup holds is not what was written
├── DiskFull                  1   no space left where DOCINTEL_HOME lies
├── QuotaExceeded             1   a user's share is used up
│   └── QuotaExceededForNow       later
└── EmbeddingMismatch         1   a collection belongs to another embedding model
"""


class DocintelError(Exception):
    """What happened and what to do about it, in one line of the user's words."""

    exit_code = 1


class UsageError(DocintelError):
    exit_code = 2


class FileError(DocintelError):
    """One file cannot be taken in; others can."""


class UnsupportedFile(FileError):
    pass


class EmptyFile(FileError):
    pass


class DamagedFile(FileError):
    pass


class PasswordRequired(FileError):
    pass


class TooLarge(FileError):
    pass


class PageError(DocintelError):
    """One page cannot be rendered or read; the document's other pages can."""


class OutOfDeviceMemory(PageError):
    SAID = "needed more GPU memory than is free"


class EngineUnavailable(DocintelError):
    pass


class EngineLoading(EngineUnavailable):
    """A model is being loaded; what was asked of it can be asked again."""


class NotFound(DocintelError):
    pass


class DoesNotFit(DocintelError):
    """What a correction would change is not there any more."""


class CorrectedMeanwhile(DoesNotFit):
    pass


class OwnerOnly(DocintelError):
    pass


class SignedOut(DocintelError):
    pass


class SignInRefused(SignedOut):
    pass


class HomeInUse(DocintelError):
    pass


class StoreBusy(DocintelError):
    """Nothing is wrong with what was asked; it can be asked again."""


class StoreUnavailable(DocintelError):
    """DOCINTEL_HOME is read-only, somebody else's, or gone."""

    def __init__(self) -> None:
        super().__init__(
            "DOCINTEL_HOME cannot be written: it is read-only, belongs to another user, or is not there any more. Make "
            "it writable or mount it again, then start docintel again."
        )

    def __reduce__(self) -> tuple[type["StoreUnavailable"], tuple[()]]:
        return type(self), ()


class DamagedStore(DocintelError):
    pass


class DamagedPage(DamagedStore):
    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.number = number

    def __reduce__(self) -> tuple[type["DamagedPage"], tuple[str, int]]:
        return type(self), (str(self), self.number)


class DamagedBackup(DocintelError):
    pass


class DiskFull(DocintelError):
    pass


class QuotaExceeded(DocintelError):
    pass


class QuotaExceededForNow(QuotaExceeded):
    """It goes by itself."""


class EmbeddingMismatch(DocintelError):
    pass
