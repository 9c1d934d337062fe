"""How a generation comes into a Milvus database: streamed in, measured, validated, and only then named by the alias.

A build that is killed leaves collections without a manifest, which is written last; the next one replaces them. The
generation that served before is kept, older ones are dropped. Builds must not overlap: one writer, any number of
readers.
"""

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from index import acronyms, asked, building, lexical, milvus_store, spelling
from index.building import BuildProgress, Report
from index.cutting import Cutting
from index.dense import RECALL_GOAL
from index.errors import DamagedIndexError, SearchError
from index.manifest import Manifest
from index.milvus_store import MOST, Names, Store
from index.types import DocumentInfo, Vectors
from index.vectors import VectorStore
from ingest.library import dump
from ingest.types import Chunk, Document

SCHEMA_VERSION = 1
ASKED = "asked"  # the part that holds the questions

_TOGETHER = 200  # documents embedded and inserted at once
_TERMS = 400  # words whose counts are read at once: about 6 kB
_SAMPLE = 100  # titles that the index is measured with
_DEPTH = 10
_EF_LADDER = (64, 96, 128, 192, 256, 384, 512)
_BYTES = 60_000
_TIE = 1e-5


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build needs beside the documents."""

    store: Store
    alias: str
    cutting: Cutting
    vectors: VectorStore
    report: Report


def build(documents: Iterable[Document], plan: Plan) -> Manifest:
    """Bring documents into Milvus and let them serve; see `milvus.Milvus.build`."""
    corpus = sorted(documents, key=lambda document: document.id)
    if not corpus:
        raise SearchError("there are no documents to index; run `ninestep index` for the field guide")
    digest = building.corpus_digest(corpus)
    embedder, cutting = plan.vectors.embedder, plan.cutting
    parts = ["milvus", str(SCHEMA_VERSION), embedder.digest, cutting.chunker, cutting.sentencer, digest]
    names = Names(plan.alias, hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16])
    made = manifest(plan.store, names) or _made(corpus, digest, names, plan)
    before = plan.store.serving(plan.alias)
    if before != names.chunks:
        plan.store.point(plan.alias, names.chunks)
        _forget_old(plan.store, plan.alias, keep={names.chunks, before or ""})
    return made


def manifest(store: Store, names: Names) -> Manifest | None:
    """The manifest of a generation; None where it is not there or not whole."""
    if not store("has_collection", names.parts):
        return None
    found = milvus_store.text(store, names.parts, "manifest") if _is_loaded(store, names.parts) else None
    return Manifest(**json.loads(found)) if found else None


def _is_loaded(store: Store, collection: str) -> bool:
    state = store("get_load_state", collection)["state"]
    return getattr(state, "name", str(state)) == "Loaded"


def _made(corpus: Sequence[Document], digest: str, names: Names, plan: Plan) -> Manifest:
    store, embedder = plan.store, plan.vectors.embedder
    milvus_store.create(store, names, dimension=embedder.dimension)
    filling = _Filling(plan, names, corpus)
    filling.fill()
    for collection in (names.chunks, names.documents, names.parts):
        store("flush", collection)
        store("load_collection", collection)
    ef_search, recall = filling.tuned()
    found = Manifest(
        id=names.id,
        schema=SCHEMA_VERSION,
        model=embedder.name,
        model_digest=embedder.digest,
        dimension=embedder.dimension,
        chunker=plan.cutting.chunker,
        sentencer=plan.cutting.sentencer,
        corpus_digest=digest,
        documents=len(corpus),
        chunks=filling.chunks,
        sentences=filling.sentences,
        ef_search=ef_search,
        recall=round(recall, 4),
        files={},
    )
    _validate(store, names, found)
    milvus_store.put(store, names.parts, [("manifest", json.dumps(asdict(found)))])
    store("flush", names.parts)
    return found


def _validate(store: Store, names: Names, made: Manifest) -> None:
    counts = (store.count(names.chunks), store.count(names.documents))
    if counts != (made.chunks, made.documents):
        raise DamagedIndexError(
            f"Milvus holds {counts[0]} passages and {counts[1]} documents, wanted {made.chunks} and {made.documents}; "
            "run `ninestep index` again"
        )


def _forget_old(store: Store, alias: str, *, keep: set[str]) -> None:
    """Drop what neither serves nor served before."""
    ours = re.compile(rf"({re.escape(alias)}_[0-9a-f]{{16}})(_documents|_parts)?")
    for collection in store("list_collections"):
        match = ours.fullmatch(collection)
        if match and match[1] not in keep:
            store("drop_collection", collection)


class _Filling:
    """The documents of a corpus on their way into the collections."""

    def __init__(self, plan: Plan, names: Names, corpus: Sequence[Document]) -> None:
        self._plan = plan
        self._names = names
        self._corpus = corpus
        self._all: list[Chunk] = []
        self._held: Counter[str] = Counter()
        every = max(1, len(corpus) // _SAMPLE)
        self._queries = plan.vectors.encode([document.title or document.id for document in corpus[::every]][:_SAMPLE])
        self._best = np.full((len(self._queries), _DEPTH), -np.inf, dtype=np.float32)
        self._length = 0
        self.sentences = 0

    @property
    def chunks(self) -> int:
        """Chunks so far."""
        return len(self._all)

    def fill(self) -> None:
        """Bring everything in."""
        for start in range(0, len(self._corpus), _TOGETHER):
            some = self._corpus[start : start + _TOGETHER]
            self._add(some)
            self._plan.report(BuildProgress("documents", start + len(some), len(self._corpus)))
        if not self._all:
            raise SearchError("the documents hold no text to index")
        self._put_words()
        self._put_asked()

    def tuned(self) -> tuple[int, float]:
        """The smallest efSearch that finds nearly all of the true nearest, and the share that it finds."""
        depth = min(_DEPTH, self.chunks)
        worst = self._best[:, depth - 1]
        ef_search, recall = _EF_LADDER[0], 0.0
        for ef_search in _EF_LADDER:
            found = _search(self._plan.store, self._names.chunks, self._queries, k=depth, ef_search=ef_search)
            near = sum(score >= limit - _TIE for hits, limit in zip(found, worst, strict=True) for _, score in hits)
            recall = near / (len(worst) * depth)
            if recall >= RECALL_GOAL:
                break
        return ef_search, float(min(recall, 1.0))

    def _add(self, documents: Sequence[Document]) -> None:
        embedder = self._plan.vectors.embedder
        chunks = [self._plan.cutting.chunk(document, embedder) for document in documents]
        vectors = self._plan.vectors.encode([one.indexed_text for some in chunks for one in some])
        self._measure(vectors)
        place = 0
        rows: list[dict[str, object]] = []
        abouts: list[dict[str, object]] = []
        for document, some in zip(documents, chunks, strict=True):
            own = vectors[place : place + len(some)]
            place += len(some)
            abouts.append(_document_row(document, own, first=self.chunks, dimension=embedder.dimension))
            rows += [self._chunk_row(document, one, vector) for one, vector in zip(some, own, strict=True)]
        store = self._plan.store
        milvus_store.insert(store, self._names.chunks, rows)
        milvus_store.insert(store, self._names.documents, abouts)
        whole = [(f"document/{one.id}", json.dumps([one.text, dump(one)], ensure_ascii=False)) for one in documents]
        milvus_store.put(store, self._names.parts, whole)
        milvus_store.put(store, self._names.parts, self._sentences(documents, chunks))

    def _chunk_row(self, document: Document, one: Chunk, vector: Vectors) -> dict[str, object]:
        terms = lexical.terms(one.indexed_text)
        row = self.chunks
        self._held.update(set(terms))
        self._length += len(terms)
        self._all.append(one)
        text = one.text if len(one.indexed_text.encode()) < _BYTES // 2 else None
        place = (one.start, one.end, text, one.header, one.headings, one.step, one.page, one.seconds)
        return {
            "row": row,
            "vector": vector,
            "words": " ".join(terms).encode()[:_BYTES].decode(errors="ignore"),
            "document_id": one.document_id,
            "kind": document.kind.value,
            "source_id": document.source_id,
            "organisations": list(document.organisations),
            "topics": list(document.topics),
            "steps": [one.step] if one.step else list(document.steps),
            "record": json.dumps(place, ensure_ascii=False),
            **milvus_store.dates(_info(document).published),
        }

    def _sentences(self, documents: Sequence[Document], chunks: Sequence[Sequence[Chunk]]) -> Iterator[tuple[str, str]]:
        spans = [self._plan.cutting.sentences(document) for document in documents]
        quotes = [
            document.text[span.start : span.end] for document, own in zip(documents, spans, strict=True) for span in own
        ]
        vectors = self._plan.vectors.encode(quotes).astype(np.float16)
        self.sentences += len(quotes)
        first = 0
        for own, some in zip(spans, chunks, strict=True):
            for one in some:
                inside = [n for n, span in enumerate(own) if one.start <= span.start and span.end <= one.end]
                if inside:
                    packed = base64.b64encode(vectors[[first + n for n in inside]].tobytes()).decode()
                    places = [(own[n].start, own[n].end) for n in inside]
                    yield sentences_key(one), json.dumps([places, packed])
            first += len(own)

    def _measure(self, vectors: Vectors) -> None:
        """Keep the exact best scores of the sample queries as vectors pass by."""
        if len(vectors):
            together = np.hstack([self._best, self._queries @ vectors.T])
            self._best = -np.sort(-together, axis=1)[:, :_DEPTH]

    def _put_words(self) -> None:
        buckets = len(self._held) // _TERMS + 1
        held: list[dict[str, int]] = [{} for _ in range(buckets)]
        for term, count in self._held.items():
            held[bucket(term, buckets)][term] = count
        texts = [(f"terms/{number}", json.dumps(some, ensure_ascii=False)) for number, some in enumerate(held)]
        texts += [
            ("buckets", json.dumps(buckets)),
            ("length", json.dumps(max(self._length / self.chunks, 1.0))),
            ("vocabulary", json.dumps(spelling.vocabulary(one.indexed_text for one in self._all), ensure_ascii=False)),
            ("acronyms", json.dumps(acronyms.find(one.text for one in self._all), ensure_ascii=False)),
        ]
        milvus_store.put(self._plan.store, self._names.parts, texts)

    def _put_asked(self) -> None:
        """The questions of all documents: where they are answered, in which passages, and their vectors."""
        held = [(document.id, one) for document in self._corpus for one in document.asked]
        answers = [(id, one.start, one.end) for id, one in held]
        pairs = asked.paired([(one.document_id, one.start, one.end) for one in self._all], answers)
        vectors = self._plan.vectors.encode([one.question for _, one in held]).astype(np.float16)
        packed = base64.b64encode(vectors.tobytes()).decode()
        text = json.dumps([answers, pairs.tolist(), packed], ensure_ascii=False)
        milvus_store.put(self._plan.store, self._names.parts, [(ASKED, text)])


def _document_row(document: Document, vectors: Vectors, *, first: int, dimension: int) -> dict[str, object]:
    mean = vectors.sum(axis=0) if len(vectors) else np.zeros(dimension, dtype=np.float32)
    centroid = mean / max(float(np.linalg.norm(mean)), 1e-9)
    record = json.dumps([asdict(_info(document)), first, len(vectors)], ensure_ascii=False)
    return {"id": document.id, "centroid": centroid.astype(np.float32), "record": record}


def _info(document: Document) -> DocumentInfo:
    values = dump(document)
    lists = {name: tuple(values[name]) for name in ("organisations", "topics", "steps", "authors")}
    names = ("id", "source_id", "url", "title", "kind", "published", "fetched_at", "via")
    return DocumentInfo(**({name: values[name] for name in names} | lists))


def sentences_key(one: Chunk) -> str:
    """Where the sentences of a chunk are kept."""
    return f"sentences/{one.document_id}/{one.start}-{one.end}"


def bucket(term: str, buckets: int) -> int:
    """The number of the bucket that the count of a term is kept in."""
    return int.from_bytes(hashlib.sha256(term.encode()).digest()[:8], "big") % buckets


def nearest(
    store: Store, collection: str, query: Vectors, *, k: int, allowed: str, ef_search: int
) -> list[tuple[int, float]]:
    """The k nearest rows of those that pass an expression, with their cosines; equal ones in row order."""
    return _search(store, collection, query[None, :], k=k, allowed=allowed, ef_search=ef_search)[0]


def _search(
    store: Store, collection: str, queries: Vectors, *, k: int, ef_search: int, allowed: str = ""
) -> list[list[tuple[int, float]]]:
    limit = min(k, MOST)
    found = store(
        "search",
        collection,
        list(queries),
        limit=limit,
        anns_field="vector",
        filter=allowed,
        search_params={"metric_type": "IP", "params": {"ef": min(max(limit, ef_search), 32_768)}},
    )
    pairs = [[(one["row"], float(one["distance"])) for one in hits] for hits in found]
    return [sorted(hits, key=lambda hit: (-hit[1], hit[0])) for hits in pairs]
