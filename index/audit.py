"""Whether a generation is what it says: files, counts, places, vectors, neighbours; a check each.

Nothing here changes anything. Samples are drawn with a fixed seed, so that two looks at one index see the same.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from index import dense, manifest
from index.errors import DamagedIndexError
from index.generation import Generation
from index.types import Embedder, Vectors

_ENCODED = 32  # passages that are embedded again: a second on two cores
_NEAR = 1e-3  # largest difference of a component; batches of other lengths differ by 2e-7
_QUERIES = 100
_DEPTH = 10

Look = Callable[[], str]


def looks(generation: Generation, folder: Path, embedder: Embedder) -> Iterator[tuple[str, Look]]:
    """Name and work of each check; the work returns what it found.

    A check raises DamagedIndexError where what it found is not as it should be.
    """
    yield "index files", lambda: _files(generation, folder)
    yield "index counts", lambda: _counts(generation)
    yield "index places", lambda: _places(generation)
    yield "index vectors", lambda: _vectors(generation, embedder)
    yield "index neighbours", lambda: _neighbours(generation)


def _files(generation: Generation, folder: Path) -> str:
    changed = manifest.altered(folder, generation.manifest)
    _want(not changed, f"{', '.join(changed[:3])} not as written")
    return f"{len(generation.manifest.files)} files with the digests of the manifest"


def _counts(generation: Generation) -> str:
    told = generation.manifest
    found = {
        "passages": generation.count("chunks"),
        "vectors": len(generation.dense),
        "vectors on file": generation.dense.stored,
        "postings": len(generation.lexical),
    }
    wrong = {name: count for name, count in found.items() if count != told.chunks}
    _want(not wrong, f"{wrong} where the manifest says {told.chunks} passages")
    documents, sentences = generation.count("documents"), generation.count("sentences")
    seen = (documents, sentences, len(generation.sentence_vectors))
    wanted = (told.documents, told.sentences, told.sentences)
    _want(seen == wanted, f"documents, sentences and their vectors are {seen}, the manifest says {wanted}")
    return f"{told.documents} documents, {told.chunks} passages, vectors and postings, {told.sentences} sentences"


def _places(generation: Generation) -> str:
    """No passage or sentence without its document, and each where it says in the document's text."""
    lengths = {info.id: generation.document(info.id) for info in generation.infos()}
    rows = range(generation.manifest.chunks)
    owners = {generation.owner(row) for row in rows}
    orphans = sorted(owners - set(lengths))
    _want(not orphans, f"passages of {orphans[:3]} have no document")
    for row in rows:
        chunk = generation.chunk(row)
        held = lengths.get(chunk.document_id)
        _want(
            held is not None and held.text[chunk.start : chunk.end] == chunk.text,
            f"passage {row} is not its document's, {chunk.document_id!r}",
        )
    lost = [id for id, end in generation.last_sentences() if (held := lengths.get(id)) is None or end > len(held.text)]
    _want(not lost, f"sentences of {lost[:3]} lie outside their documents")
    return f"{len(rows)} passages are their documents' own text; no orphans"


def _vectors(generation: Generation, embedder: Embedder) -> str:
    rows = _sample(generation.manifest.chunks, _ENCODED)
    texts = [generation.chunk(int(row)).indexed_text for row in rows]
    apart = float(np.abs(embedder.encode(texts) - generation.dense.vectors(np.array(rows))).max())
    _want(apart <= _NEAR, f"vectors differ by {apart:.1e} from their texts, encoded again")
    return f"{len(rows)} passages encoded again differ by at most {apart:.0e}"


def _neighbours(generation: Generation) -> str:
    """Recall of the graph against exact search, on queries that lie near passages, not on them."""
    queries = _near(generation.dense.vectors(np.array(_sample(generation.manifest.chunks, _QUERIES))))
    k = min(_DEPTH, len(generation.dense))
    everything = np.arange(len(generation.dense), dtype=np.int64)
    shared = 0
    for query in queries:
        exact = {row for row, _ in generation.dense.search(query, k=k, allowed=everything)}
        shared += len(exact & {row for row, _ in generation.dense.search(query, k=k)})
    recall = shared / (k * len(queries))
    goal = min(dense.RECALL_GOAL, generation.manifest.recall) - 0.02
    _want(
        recall >= goal, f"recall@{k} against exact search is {recall:.3f}, was {generation.manifest.recall} when built"
    )
    return f"recall@{k} against exact search {recall:.3f}"


def _near(vectors: Vectors) -> Vectors:
    noise = np.random.default_rng(1).standard_normal(vectors.shape).astype(np.float32)
    queries = vectors + noise * (0.5 / vectors.shape[1] ** 0.5)
    return np.asarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), dtype=np.float32)


def _sample(count: int, size: int) -> list[int]:
    return sorted(np.random.default_rng(0).choice(count, size=min(size, count), replace=False).tolist())


def _want(holds: bool, seen: str) -> None:  # noqa: FBT001 - the one thing that it is about
    if not holds:
        raise DamagedIndexError(f"{seen}; run `ninestep doctor --repair`")
