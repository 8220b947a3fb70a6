"""The one way in: a file, a folder, a zip or a stream of bytes becomes documents in the library.

The command line, the app's uploads and watched folders all call `ingest`, `ingest_incoming` or `ingest_stream`.
"""

from docintel.ingest.results import IngestOptions, IngestResult
from docintel.ingest.service import BULK, INTERACTIVE, ingest, ingest_incoming, ingest_stream

__all__ = ["BULK", "INTERACTIVE", "IngestOptions", "IngestResult", "ingest", "ingest_incoming", "ingest_stream"]
