"""What can go wrong between a chunk and a hit.

SearchError
├── NoIndexError           nothing has been indexed yet
├── IncompatibleIndexError the serving generation does not fit the settings or this version
├── DamagedIndexError      a file of the generation is missing or was altered
├── EngineError            the engine that the settings name is not installed, cannot be reached or fails
└── ModelError             the embedding model is missing, or is not the one that was asked for
"""


class SearchError(Exception):
    """Anything that keeps a search from being answered."""


class NoIndexError(SearchError):
    """There is no generation to serve."""


class IncompatibleIndexError(SearchError):
    """The generation was made by another model or schema."""


class DamagedIndexError(SearchError):
    """A file of the generation is missing or is not what its manifest says."""


class ModelError(SearchError):
    """The embedding model cannot be loaded as asked."""


class EngineError(SearchError):
    """The engine that the settings name is not installed, cannot be reached or fails."""
