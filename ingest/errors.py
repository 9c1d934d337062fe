"""What can go wrong before a document is in the library.

IngestError
├── CatalogError      the catalog or a field-guide file is not as it should be; an unknown source id
├── FetchError        the source could not be reached; carries a Reason
├── ExtractError      bytes came, but no usable text is in them; carries a Reason
├── ArchiveError      a WARC file cannot be read or written
├── BundleError       a bundle cannot be written, or is not one that ninestep wrote
└── LibraryError      the library file cannot be opened, is locked or has another schema
"""

from ingest.types import Reason


class IngestError(Exception):
    """Anything that stops one source, or the run, from being ingested."""


class CatalogError(IngestError):
    """The catalog does not say what is asked of it."""


class FetchError(IngestError):
    """A source could not be fetched."""

    wait = 0.0

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class ExtractError(IngestError):
    """Bytes arrived from which no usable text can be had.

    Args:
        message: One sentence for people.
        reason: Why.
        wait: Seconds that the host asks to wait; 0 where it does not.
    """

    def __init__(self, message: str, *, reason: Reason, wait: float = 0.0) -> None:
        super().__init__(message)
        self.reason = reason
        self.wait = wait


class ArchiveError(IngestError):
    """A WARC file cannot be read or written."""


class BundleError(IngestError):
    """A bundle cannot be written, or something in it is not as it should be."""


class LibraryError(IngestError):
    """The library cannot be opened as it is."""
