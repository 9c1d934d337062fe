"""A Milvus database as `milvus` uses it: its address, its three kinds of collection, its errors in a sentence.

pymilvus takes a server's address or a file, which milvus-lite then serves within this process.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from index import lexical
from index.errors import EngineError
from index.types import Filters

MOST = 16_384  # Milvus's limit on what one search or query returns
SLICE = 500  # rows of an insertion: of 384 components and 10 kB of text they are 6 MB, of the 64 that gRPC takes

BM25_K1, BM25_B = lexical.K1, 0.75  # as tantivy has them

_SCHEMES = ("milvus+http://", "milvus+https://")
_FILE = ".db"
_SECONDS = 10  # for a server to answer at all
_PIECE = 15_000  # characters: at most 60,000 bytes, of the 65,535 that a field takes
_ID = 1_024  # bytes of a document's id
_NAME = 512  # bytes of an organisation, topic or source
_NAMES = 256
_NO_ALIAS = (100, 1600)  # milvus-lite's and Milvus's code for an alias that is not there
_LAST = "9999-99-99"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        uri: http(s)://host:port, or the path of a file.
        token: `user:password` or an API key; empty for none.
        database: Its name on the server; empty for the server's own default.
    """

    uri: str
    token: str = ""
    database: str = ""

    @classmethod
    def of(cls, setting: str) -> "Address":
        """Read `milvus+http://[user:password@]host:port[/database]`, or the path of a file that ends in .db.

        Raises:
            ValueError: If it is neither.
        """
        if setting.endswith(_FILE) and "://" not in setting and not setting.startswith("milvus+"):
            return cls(str(Path(setting).expanduser()))
        parts = urlsplit(setting.removeprefix("milvus+"))
        token, _, place = parts.netloc.rpartition("@")
        if not setting.startswith(_SCHEMES) or not place:
            raise ValueError("wanted milvus+http://host:19530, or the path of a milvus-lite file that ends in .db")
        return cls(f"{parts.scheme}://{place}", unquote(token), parts.path.strip("/"))


class Store:
    """A connection; safe for several threads at once.

    Raises:
        EngineError: On opening, if pymilvus is not installed or nothing answers.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise EngineError(
                f"NINESTEP_INDEX names Milvus, whose client is missing ({error}); run `pip install 'ninestep[milvus]'`"
            ) from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # each error is raised, so it is told once
        self._exception = MilvusException
        if not address.uri.startswith("http"):
            Path(address.uri).parent.mkdir(parents=True, exist_ok=True)
        try:
            self._client = MilvusClient(address.uri, token=address.token, db_name=address.database, timeout=_SECONDS)
        except (MilvusException, OSError, ValueError, RuntimeError) as error:
            raise EngineError(
                f"Milvus at {address.uri} cannot be reached ({_first_line(error)}); start it, or set NINESTEP_INDEX"
            ) from error

    def __call__(self, action: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - pymilvus's own
        """Do what a method of pymilvus's client does.

        Raises:
            EngineError: If Milvus refuses or does not answer.
        """
        try:
            return getattr(self._client, action)(*arguments, **options)
        except self._exception as error:
            raise EngineError(
                f"Milvus at {self._address.uri} failed to {action.replace('_', ' ')} ({_first_line(error)}); "
                "see its log, then try again"
            ) from error

    def serving(self, alias: str) -> str | None:
        """The collection that an alias names, or None."""
        try:
            found: Mapping[str, str] = self._client.describe_alias(alias)
        except self._exception as error:
            if error.code in _NO_ALIAS:
                return None
            raise EngineError(f"Milvus at {self._address.uri} does not answer ({_first_line(error)})") from error
        return found["collection_name"]

    def point(self, alias: str, collection: str) -> None:
        """Let an alias name a collection, in one step."""
        action = "create_alias" if self.serving(alias) is None else "alter_alias"
        self(action, collection_name=collection, alias=alias)

    def everything(self, collection: str, fields: Sequence[str]) -> list[Mapping[str, Any]]:
        """Every row of a collection, however many."""
        rows: list[Mapping[str, Any]] = []
        walk = self("query_iterator", collection, batch_size=1000, output_fields=list(fields))
        while some := walk.next():
            rows += some
        walk.close()
        return rows

    def count(self, collection: str) -> int:
        """Rows of a collection, what was just inserted among them."""
        found = self("query", collection, filter="", output_fields=["count(*)"], consistency_level="Strong")
        return int(found[0]["count(*)"])


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "message", "") or error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__


@dataclass(frozen=True)
class Names:
    """The collections of a generation."""

    alias: str
    id: str

    @cached_property
    def chunks(self) -> str:
        """A row a chunk."""
        return f"{self.alias}_{self.id}"

    @cached_property
    def documents(self) -> str:
        """A row a document."""
        return f"{self.chunks}_documents"

    @cached_property
    def parts(self) -> str:
        """A row a piece of text."""
        return f"{self.chunks}_parts"


def create(store: Store, names: Names, *, dimension: int) -> None:
    """Make the collections of a generation, in the place of what a killed build left."""
    for collection in (names.chunks, names.documents, names.parts):
        if store("has_collection", collection):
            store("drop_collection", collection)
    _create_chunks(store, names.chunks, dimension)
    _create_documents(store, names.documents, dimension)
    _create_parts(store, names.parts)


def _create_chunks(store: Store, collection: str, dimension: int) -> None:
    from pymilvus import DataType, Function, FunctionType

    schema = store("create_schema", auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field(
        "words",
        DataType.VARCHAR,
        max_length=65_535,
        enable_analyzer=True,
        analyzer_params={"tokenizer": "standard"},  # the words are terms already
    )
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25", function_type=FunctionType.BM25, input_field_names=["words"], output_field_names=["sparse"]
        )
    )
    schema.add_field("document_id", DataType.VARCHAR, max_length=_ID)
    for name in ("kind", "source_id"):
        schema.add_field(name, DataType.VARCHAR, max_length=_NAME)
    for name in ("organisations", "topics"):
        schema.add_field(name, DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=_NAMES, max_length=_NAME)
    schema.add_field("steps", DataType.ARRAY, element_type=DataType.INT64, max_capacity=_NAMES)
    for name in ("earliest", "latest"):
        schema.add_field(name, DataType.VARCHAR, max_length=64)
    schema.add_field("record", DataType.VARCHAR, max_length=65_535)
    indexes = store("prepare_index_params")
    graph = {"M": 32, "efConstruction": 200}
    indexes.add_index("vector", index_type="HNSW", metric_type="IP", params=graph)
    scoring = {"bm25_k1": BM25_K1, "bm25_b": BM25_B}
    indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=scoring)
    store("create_collection", collection, schema=schema, index_params=indexes)


def _create_documents(store: Store, collection: str, dimension: int) -> None:
    from pymilvus import DataType

    schema = store("create_schema", auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=_ID)
    schema.add_field("centroid", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("record", DataType.VARCHAR, max_length=65_535)
    indexes = store("prepare_index_params")
    indexes.add_index("centroid", index_type="FLAT", metric_type="IP")  # only ever asked for documents by id
    store("create_collection", collection, schema=schema, index_params=indexes)


def _create_parts(store: Store, collection: str) -> None:
    from pymilvus import DataType

    schema = store("create_schema", auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=64)
    schema.add_field("text", DataType.VARCHAR, max_length=65_535)
    schema.add_field("none", DataType.FLOAT_VECTOR, dim=2)  # a collection without vectors is refused
    indexes = store("prepare_index_params")
    indexes.add_index("none", index_type="FLAT", metric_type="IP")
    store("create_collection", collection, schema=schema, index_params=indexes)


def put(store: Store, collection: str, texts: Iterable[tuple[str, str]]) -> None:
    """Keep texts by key, each in as many pieces as its length asks for; the first says how many."""
    rows = [row for key, text in texts for row in _pieces(key, text)]
    insert(store, collection, rows)


def _pieces(key: str, text: str) -> list[dict[str, Any]]:
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)] or [""]
    pieces[0] = f"{len(pieces)}\n{pieces[0]}"
    none = np.zeros(2, dtype=np.float32)
    return [{"key": _key(key, number), "text": piece, "none": none} for number, piece in enumerate(pieces)]


def _key(key: str, number: int) -> str:
    return hashlib.sha256(f"{key}#{number}".encode()).hexdigest()


def insert(store: Store, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, as many at once as gRPC takes."""
    for start in range(0, len(rows), SLICE):
        store("insert", collection, list(rows[start : start + SLICE]))


def text(store: Store, collection: str, key: str) -> str | None:
    """A text that was kept, or None."""
    found = store("get", collection, ids=[_key(key, 0)], output_fields=["text"])
    if not found:
        return None
    count, _, first = found[0]["text"].partition("\n")
    keys = [_key(key, number) for number in range(1, int(count))]
    others: dict[str, str] = {}
    for start in range(0, len(keys), SLICE):
        some = store("get", collection, ids=keys[start : start + SLICE], output_fields=["key", "text"])
        others |= {row["key"]: row["text"] for row in some}
    return "".join([first, *(others[other] for other in keys)])


def dates(published: str) -> dict[str, str]:
    """The first and last day that a date may mean, comparable as text; both empty without one."""
    return {"earliest": published, "latest": _padded(published) if published else ""}


def _padded(date: str) -> str:
    return date + _LAST[len(date) :]


def expression(filters: Filters) -> str:
    """Filters as Milvus reads them; empty where nothing is restricted."""
    parts = [
        _among("kind", filters.kinds),
        _or(_among("source_id", filters.sources), _among("document_id", filters.sources)),
        _holds("organisations", filters.organisations),
        _holds("topics", filters.topics),
        _holds("steps", filters.steps),
        f"latest >= {listed(filters.since)}" if filters.since else "",
        f'earliest != "" and earliest <= {listed(_padded(filters.until))}' if filters.until else "",
    ]
    return " and ".join(f"({part})" for part in parts if part)


def _among(field: str, values: frozenset[str]) -> str:
    return f"{field} in {listed(sorted(values))}" if values else ""


def _holds(field: str, values: frozenset[str] | frozenset[int]) -> str:
    return f"array_contains_any({field}, {listed(sorted(values))})" if values else ""


def _or(left: str, right: str) -> str:
    return f"{left} or {right}" if left else ""


def listed(values: object) -> str:
    """Values as Milvus's expressions write them; strings are quoted and escaped as in JSON."""
    return json.dumps(values, ensure_ascii=False)
