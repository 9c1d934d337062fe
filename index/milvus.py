"""The engine for more than one machine: a generation is three collections of a Milvus database.

    <name>_<id>             a row a chunk: vector (HNSW), words (BM25), what filters read, the chunk itself
    <name>_<id>_documents   a row a document: centroid, what a hit tells of it
    <name>_<id>_parts       texts by key: manifest, whole documents, sentence vectors, counts of words
    <name>                  an alias of the first: what serves; moved in one step

Dense search, BM25 and filters run inside Milvus, fusion runs here. Words are stored as the terms that `lexical` makes
of a text, so both engines index the same terms, whatever analyzers a server has. `milvus_build` makes generations.
"""

import base64
import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import acronyms, lexical, milvus_build, milvus_store, spelling
from index.asked import AskedIndex
from index.building import Report
from index.cutting import PASSAGES, Cutting
from index.engine import Rows
from index.errors import DamagedIndexError, IncompatibleIndexError, NoIndexError
from index.generation import StoredSentence
from index.lexical import EXTRAS, Extras
from index.manifest import Manifest, check_model
from index.milvus_store import BM25_B, BM25_K1, MOST, Address, Names, Store, listed
from index.types import DocumentInfo, Embedder, Filters, Vectors
from index.vectors import VectorStore
from ingest.library import load
from ingest.types import Chunk, Document

T = TypeVar("T")

_KEPT = 50_000  # chunks, documents and words that a reader remembers: about 100 MB


class Milvus:
    """The engine of many machines.

    Args:
        setting: Where the database is, as `milvus_store.Address` reads it.
        root: A home or a folder of one; only vectors that were computed before are kept there.
        home: The home. A folder of it has an alias of its own.

    Raises:
        EngineError: If pymilvus is not installed or Milvus cannot be reached.
    """

    def __init__(self, setting: str, root: Path, *, home: Path) -> None:
        self._root = root
        self._store = _store(setting)
        self._alias = _alias(root, home)

    def current(self) -> str | None:
        """The id of the serving generation, or None."""
        collection = self._store.serving(self._alias)
        return collection.rpartition("_")[2] if collection else None

    def stamp(self) -> str | None:
        """What serves."""
        return self.current()

    def open_sound(self, *, embedder_digest: str | None = None) -> "MilvusGeneration":
        """The same as `open_current`: copies of what is damaged are Milvus's to keep."""
        return self.open_current(embedder_digest=embedder_digest)

    def open_current(self, *, embedder_digest: str | None = None) -> "MilvusGeneration":
        """Open the generation that serves.

        Raises:
            NoIndexError: If nothing was indexed yet.
            IncompatibleIndexError: If it was made by another model or schema.
            DamagedIndexError: If it has no manifest.
            EngineError: If Milvus does not answer.
        """
        id = self.current()
        if id is None:
            raise NoIndexError("nothing is indexed yet; run `ninestep index`")
        names = Names(self._alias, id)
        manifest = milvus_build.manifest(self._store, names)
        if manifest is None:
            raise DamagedIndexError(f"the index {id} has no readable manifest; run `ninestep index` to build it again")
        if manifest.schema != milvus_build.SCHEMA_VERSION:
            raise IncompatibleIndexError(
                f"the index has schema {manifest.schema}, this version reads {milvus_build.SCHEMA_VERSION}; "
                "run `ninestep index`"
            )
        check_model(manifest, embedder_digest)
        return MilvusGeneration(self._store, names, manifest)

    def build(
        self,
        documents: Iterable[Document],
        *,
        embedder: Embedder,
        cutting: Cutting | None = None,
        cache: Path | None = None,
        report: Report | None = None,
    ) -> Manifest:
        """Build a generation beside the serving one, validate it and let the alias name it.

        Raises:
            SearchError: If there is nothing to index, or the result does not pass validation; the old one serves on.
        """
        vectors = VectorStore(cache or self._root / "cache", embedder)
        try:
            plan = milvus_build.Plan(self._store, self._alias, cutting or PASSAGES, vectors, report or (lambda _: None))
            return milvus_build.build(documents, plan)
        finally:
            vectors.close()


@lru_cache(maxsize=8)
def _store(setting: str) -> Store:
    """One connection a database and process: a file of milvus-lite can be open once."""
    return Store(Address.of(setting))


def _alias(root: Path, home: Path) -> str:
    """The name of a home's index, or of that of a folder in it."""
    if root == home:
        return "ninestep"
    place = root.relative_to(home).as_posix() if root.is_relative_to(home) else root.as_posix()
    return f"ninestep_{hashlib.sha256(place.encode()).hexdigest()[:12]}"


class MilvusGeneration:
    """An open generation; safe for several threads at once."""

    def __init__(self, store: Store, names: Names, manifest: Manifest) -> None:
        self.manifest = manifest
        self._store = store
        self._names = names
        self._records: dict[int, Sequence[Any]] = {}
        self._owners: dict[int, str] = {}
        self._about = lru_cache(_KEPT)(self._read_about)
        self._parts = lru_cache(2_000)(self._read_part)
        self.dense = MilvusDense(store, names, manifest)
        self.lexical = MilvusLexical(store, names, manifest, self._parts)
        self.context = MilvusContext(store, names, self.owners)

    def close(self) -> None:
        """Nothing to do: the connection is the process's."""

    def count(self, table: str) -> int:
        """How many documents, chunks or sentences are stored."""
        if table == "sentences":
            return self.manifest.sentences
        return self._store.count(getattr(self._names, table))

    def infos(self) -> list[DocumentInfo]:
        """What is known of every document, in id order."""
        return [info for info, _ in self._everything()]

    @cached_property
    def organisations(self) -> frozenset[str]:
        """Every organisation that a document names as its own."""
        return frozenset(name for info in self.infos() for name in info.organisations)

    def info(self, document_id: str) -> DocumentInfo:
        """What is known of a document of this generation.

        Raises:
            KeyError: If the generation holds no such document.
        """
        found = self._about(document_id)
        if found is None:
            raise KeyError(document_id)
        return found[0]

    def document(self, id: str) -> Document | None:
        """A document with its text, or None."""
        found = milvus_store.text(self._store, self._names.parts, f"document/{id}")
        return load(*json.loads(found)) if found else None

    def chunk(self, row: int) -> Chunk:
        """The chunk of a row."""
        return self.chunks([row])[0]

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of rows, in the order asked for."""
        wanted = [int(row) for row in rows]
        found = self._read(wanted, self._records, ["document_id", "record"], _record)
        return [self._chunk(found[row]) for row in wanted]

    def owner(self, row: int) -> str:
        """The id of the document that a row is part of."""
        return self.owners([row])[0]

    def owners(self, rows: Iterable[int]) -> list[str]:
        """The ids of the documents that rows are part of, in their order."""
        wanted = [int(row) for row in rows]
        found = self._read(wanted, self._owners, ["document_id"], lambda one: str(one["document_id"]))
        return [found[row] for row in wanted]

    def rows(self, document_id: str) -> list[int]:
        """The rows of a document's chunks, in order; none for an unknown document."""
        found = self._about(document_id)
        return list(found[1]) if found else []

    def centroids(self) -> tuple[list[str], Vectors]:
        """Documents and the mean direction of each one's chunks, a row each."""
        found = self._store.everything(self._names.documents, ["id", "centroid"])
        found.sort(key=lambda row: row["id"])
        return [row["id"] for row in found], np.array([row["centroid"] for row in found], dtype=np.float32)

    def chunk_counts(self) -> dict[str, int]:
        """Number of chunks by document id."""
        return {info.id: len(rows) for info, rows in self._everything() if rows}

    def sentences(self, one: Chunk) -> list[StoredSentence]:
        """The quotable sentences that lie in a chunk, in order."""
        found = self._parts(milvus_build.sentences_key(one))
        if found is None:
            return []
        places, packed = json.loads(found)
        answers = self._questions.in_(one)
        return [
            StoredSentence(start, end, row, answers.get((start, end)))
            for (start, end), row in zip(places, self._unpacked(packed), strict=True)
        ]

    @cached_property
    def asked(self) -> AskedIndex:
        """The questions that its passages are known to answer; read when they are first asked for."""
        return self._questions.index

    @cached_property
    def _questions(self) -> "_Questions":
        found = milvus_store.text(self._store, self._names.parts, milvus_build.ASKED)
        if found is None:  # a generation of before there were questions
            return _Questions([], np.empty((0, self.manifest.dimension), dtype=np.float32), [])
        answers, pairs, packed = json.loads(found)
        return _Questions(answers, self._unpacked(packed), pairs)

    def _unpacked(self, packed: str) -> Vectors:
        vectors = np.frombuffer(base64.b64decode(packed), dtype=np.float16).astype(np.float32)
        return vectors.reshape(-1, self.manifest.dimension)

    def allowed(self, filters: Filters) -> str | None:
        """What passes filters, as Milvus reads it; None where the filters restrict nothing."""
        return milvus_store.expression(filters) or None

    def everything(self) -> str:
        """What all rows pass, named all the same, so that a search of a small index is exact."""
        return "row >= 0"

    def among(self, rows: Sequence[int], allowed: str | None) -> list[int]:
        """Those of these rows that pass, in their order."""
        if allowed is None or not rows:
            return list(rows)
        wanted = f"row in {listed(list(rows))} and ({allowed})"
        found = self._store("query", self._names.chunks, filter=wanted, output_fields=["row"], limit=len(rows))
        passing = {int(one["row"]) for one in found}
        return [row for row in rows if row in passing]

    def _everything(self) -> list[tuple[DocumentInfo, range]]:
        found = [_about(row["record"]) for row in self._store.everything(self._names.documents, ["record"])]
        return sorted(found, key=lambda one: one[0].id)

    def _chunk(self, record: Sequence[Any]) -> Chunk:
        document_id, start, end, text, header, headings, step, page, seconds = record
        if text is None:  # longer than a field takes
            document = self.document(document_id)
            text = document.text[start:end] if document else ""
        return Chunk(document_id, start, end, text, header, tuple(headings), step, page, seconds)

    def _read(
        self, rows: Sequence[int], known: dict[int, T], fields: Sequence[str], read: Callable[[Mapping[str, Any]], T]
    ) -> Mapping[int, T]:
        """What chunks hold, by row; what was read before is remembered."""
        held = {row: known[row] for row in rows if row in known}
        missing = sorted(set(rows) - held.keys())
        for start in range(0, len(missing), MOST):
            some = missing[start : start + MOST]
            for one in self._store("get", self._names.chunks, ids=some, output_fields=["row", *fields]):
                held[one["row"]] = read(one)
        if lost := set(rows) - held.keys():
            raise DamagedIndexError(f"the index {self.manifest.id} lacks passage {min(lost)}; run `ninestep index`")
        if len(known) > _KEPT:
            known.clear()
        known.update(held)
        return held

    def _read_about(self, id: str) -> tuple[DocumentInfo, range] | None:
        found = self._store("get", self._names.documents, ids=[id], output_fields=["record"])
        return _about(found[0]["record"]) if found else None

    def _read_part(self, key: str) -> str | None:
        return milvus_store.text(self._store, self._names.parts, key)


class _Questions:
    """The questions of a generation, by the sentence and by the passage that answers them.

    Args:
        answers: Document, start and end of what answers each.
        vectors: One row a question.
        pairs: As `AskedIndex` takes them.
    """

    def __init__(
        self, answers: Sequence[tuple[str, int, int]], vectors: Vectors, pairs: Sequence[Sequence[int]]
    ) -> None:
        self.index = AskedIndex(vectors, np.array(pairs, dtype=np.int64).reshape(-1, 2))
        self._vectors = vectors
        self._of: dict[str, list[tuple[int, int, int]]] = {}
        for number, (document, start, end) in enumerate(answers):
            self._of.setdefault(document, []).append((start, end, number))

    def in_(self, one: Chunk) -> dict[tuple[int, int], Vectors]:
        """Vectors of the questions that sentences of a chunk answer, by where the sentence stands."""
        found: dict[tuple[int, int], list[int]] = {}
        for start, end, number in self._of.get(one.document_id, ()):
            if one.start <= start and end <= one.end:
                found.setdefault((start, end), []).append(number)
        return {place: self._vectors[numbers] for place, numbers in found.items()}


def _record(one: Mapping[str, Any]) -> Sequence[Any]:
    return [one["document_id"], *json.loads(one["record"])]


def _about(record: str) -> tuple[DocumentInfo, range]:
    values, first, count = json.loads(record)
    lists = {name: tuple(values[name]) for name in ("organisations", "topics", "steps", "authors")}
    return DocumentInfo(**(values | lists)), range(first, first + count)


class MilvusDense:
    """The vectors of a generation."""

    def __init__(self, store: Store, names: Names, manifest: Manifest) -> None:
        self._store = store
        self._names = names
        self._manifest = manifest

    def __len__(self) -> int:
        return self._store.count(self._names.chunks)

    def search(self, query: Vectors, *, k: int, allowed: str | None = None) -> list[tuple[int, float]]:
        """The k nearest rows with their cosines, nearest first; at most as many as Milvus returns.

        A walk through a graph can end before it meets k rows that pass a narrow filter; then all that pass are scored.
        """
        found = milvus_build.nearest(
            self._store, self._names.chunks, query, k=k, allowed=allowed or "", ef_search=self._manifest.ef_search
        )
        if not allowed or len(found) >= min(k, MOST):
            return found
        passing = self._store("query", self._names.chunks, filter=allowed, output_fields=["row"], limit=MOST)
        if len(passing) <= len(found):
            return found
        rows = np.array(sorted(one["row"] for one in passing), dtype=np.int64)
        scores = self.scores(query, rows)
        best = np.argsort(-scores, kind="stable")[:k]
        return list(zip(rows[best].tolist(), scores[best].tolist(), strict=True))

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of rows, in their order, shape (n, dimension)."""
        if not len(rows):
            return np.empty((0, self._manifest.dimension), dtype=np.float32)
        found = self._store("get", self._names.chunks, ids=[int(row) for row in rows], output_fields=["row", "vector"])
        by_row = {one["row"]: one["vector"] for one in found}
        return np.array([by_row[int(row)] for row in rows], dtype=np.float32)

    def scores(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine of a query with given rows, in their order.

        A search among named rows, which is exact: fetching 400 vectors would be 600 kB of answer a query.
        """
        wanted = [int(row) for row in rows]
        scored: dict[int, float] = {}
        for start in range(0, len(wanted), MOST):
            some = wanted[start : start + MOST]
            named = f"row in {listed(some)}"
            scored |= dict(
                milvus_build.nearest(
                    self._store, self._names.chunks, query, k=len(some), allowed=named, ef_search=len(some)
                )
            )
        missed = [row for row in wanted if row not in scored]
        exact = self.vectors(np.array(missed, dtype=np.int64)) @ query
        scored |= dict(zip(missed, exact.tolist(), strict=True))
        return np.array([scored[row] for row in wanted], dtype=np.float32)


class MilvusContext:
    """The centroids of a generation's documents."""

    def __init__(self, store: Store, names: Names, owners: Callable[[Iterable[int]], list[str]]) -> None:
        self._store = store
        self._names = names
        self._owners = owners

    @property
    def centroids(self) -> Vectors:
        """One row a document, in id order."""
        found = sorted(self._store.everything(self._names.documents, ["id", "centroid"]), key=lambda row: row["id"])
        return np.array([row["centroid"] for row in found], dtype=np.float32)

    def scores(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine of a query with the documents of given rows, in their order."""
        owners = self._owners(rows)
        ids = sorted(set(owners))
        scored: dict[str, float] = {}
        for start in range(0, len(ids), MOST):
            some = ids[start : start + MOST]
            found = self._store(
                "search",
                self._names.documents,
                [query],
                limit=len(some),
                anns_field="centroid",
                filter=f"id in {listed(some)}",
                search_params={"metric_type": "IP", "params": {}},
            )
            scored |= {one["id"]: one["distance"] for one in found[0]}
        return np.array([scored[id] for id in owners], dtype=np.float32)


class MilvusLexical:
    """The words of a generation.

    Args:
        store: The connection.
        names: The generation's collections.
        manifest: What it holds.
        part: Reads a text by key, remembering it.
    """

    def __init__(self, store: Store, names: Names, manifest: Manifest, part: Callable[[str], str | None]) -> None:
        self._store = store
        self._names = names
        self._chunks = manifest.chunks
        self._part = part

    def __len__(self) -> int:
        return self._store.count(self._names.chunks)

    def corrected(self, query: str, *, is_word: Callable[[str], bool] = lambda _: False) -> str:
        """A query with words that no text holds replaced by the likest that some do."""
        words = self._json("vocabulary")
        return spelling.correct(query, words, is_known=lambda word: self.holds(word) or is_word(word))

    def holds(self, word: str) -> bool:
        """Whether a text holds a word, in any inflection; function words are always held."""
        return lexical.is_function_word(word) or any(self._held(term) for term in lexical.terms(word))

    def spelled_out(self, query: str) -> list[str]:
        """What the abbreviations of a query stand for, as the indexed texts define them."""
        return acronyms.expansions(lexical.words(query), self._json("acronyms"))

    def idf(self, term: str) -> float:
        """How telling a term of `lexical.terms` is, BM25's own weight."""
        held = self._held(term)
        return math.log(1 + (self._chunks - held + 0.5) / (held + 0.5))

    def search(
        self, query: str, *, k: int, allowed: str | None = None, extras: Extras = EXTRAS
    ) -> list[tuple[int, float]]:
        """The k best rows with their BM25 scores, best first.

        Milvus's BM25 knows words alone. What an abbreviation stands for is searched for apart and added with its
        weight; neighbours side by side are counted here, in the words of what was found.
        """
        asked = lexical.asked(query)
        found = self._bm25(asked, k=k, allowed=allowed)
        scores = {row: score + extras.pair * self._pairs(asked, words) for row, score, words in found}
        meant = lexical.terms(" ".join(self.spelled_out(query)))
        for row, score, _ in self._bm25(meant, k=k, allowed=allowed) if extras.meant else ():
            scores[row] = scores.get(row, 0.0) + extras.meant * score
        return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:k]

    def _bm25(self, terms: Sequence[str], *, k: int, allowed: str | None) -> list[tuple[int, float, str]]:
        """Rows with their scores and words."""
        if not terms:
            return []
        found = self._store(
            "search",
            self._names.chunks,
            [" ".join(terms)],
            limit=min(k, MOST),
            anns_field="sparse",
            filter=allowed or "",
            output_fields=["words"],
            search_params={"metric_type": "BM25", "params": {}},
        )
        # milvus-lite gives BM25 as a distance, below zero; Milvus gives the score
        return [(one["row"], abs(one["distance"]), one["entity"]["words"]) for one in found[0] if one["distance"]]

    def _pairs(self, terms: Sequence[str], words: str) -> float:
        """BM25 of the pairs of neighbouring terms, each as telling as its two terms together."""
        held = words.split()
        counts = Counter(itertools.pairwise(held))
        longer = 1 - BM25_B + BM25_B * len(held) / float(self._json("length"))
        return sum(
            (self.idf(pair[0]) + self.idf(pair[1])) * counts[pair] * (BM25_K1 + 1) / (counts[pair] + BM25_K1 * longer)
            for pair in itertools.pairwise(terms)
            if counts[pair]
        )

    def _held(self, term: str) -> int:
        """How many chunks hold a term."""
        buckets: int = self._json("buckets")
        return int(self._json(f"terms/{milvus_build.bucket(term, buckets)}").get(term, 0))

    def _json(self, key: str) -> Any:  # noqa: ANN401 - as it was written
        found = self._part(key)
        if found is None:
            raise DamagedIndexError(f"the index lacks its {key.partition('/')[0]}; run `ninestep index`")
        return _parsed(found)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:  # noqa: ANN401
    return json.loads(text)
