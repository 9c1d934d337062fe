"""Near-duplicates: which documents say the same, and which of them is indexed.

MinHash (Broder 1997; datasketch) over runs of five words finds candidates, their true overlap decides. A page that
names another as its canonical address needs less of it. Of several the best is chosen the same way every time: listed
before found, as it lives before an archived copy, text with structure before pages of a PDF, with author and date
before without, longer before shorter. The others stay in the library, linked to it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingest import address
from ingest.library import Library
from ingest.types import Document, SourceKind, Via

_RUN = 5  # words
_SCHEME: Final = "affine32"  # 32-bit hash values; part of what a stored signature means
_PERMUTATIONS = 128
_CANDIDATE = 0.35  # estimated overlap at which two documents are compared in full
_SAME = 0.9  # a page and its mirror, whatever they are called
_COPY = 0.6  # under one title: a PDF made of a Markdown page measured 0.69, a paper's two PDFs 0.9; two designs of one
# author, the one written from the other, measured 0.80 and are two works, as their titles say
_CANONICAL_COPY = 0.3
_CONTAINED = 0.9  # a page and the same page in other furniture
_FEW = 40  # runs of words; shorter texts agree by chance and must be the same

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_COMMON = frozenset({"a", "an", "and", "for", "from", "in", "of", "on", "the", "to", "with"})
_WAYS = (Via.BUNDLED, Via.LIVE, Via.MOVED, Via.WARC, Via.WAYBACK)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What choosing needs of a document, without its text."""

    id: str
    key: str
    canonical: str
    worth: tuple[Any, ...]


def link(library: Library) -> int:
    """Find the near-duplicates of a library and record them; returns how many documents are copies of another.

    Signatures are kept in the library by text, so a second run over the same documents computes none.
    """
    known = library.signatures()
    candidates: list[_Candidate] = []
    fresh: list[tuple[str, str, bytes]] = []
    for document in library.every_document():
        if document.kind is SourceKind.GUIDE:
            continue
        if document.id not in known:
            known[document.id] = _signature(document.text)
            fresh.append((document.id, document.text_digest, known[document.id]))
        candidates.append(_candidate(document))
    library.record_signatures(fresh)
    copies = _copies(sorted(candidates, key=lambda one: one.worth), known, library)
    library.record_copies(copies)
    return len(copies)


def overlap(left: str, right: str) -> float:
    """Share of two texts' runs of five words that both have (Jaccard); 1 for two empty texts."""
    first, second = _runs(left), _runs(right)
    return len(first & second) / len(first | second) if first | second else 1.0


def contained(left: str, right: str) -> float:
    """Share of the shorter text's runs of words that the other has too."""
    first, second = _runs(left), _runs(right)
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 1.0


def _copies(candidates: Sequence[_Candidate], signatures: dict[str, bytes], library: Library) -> dict[str, str]:
    """Go through documents, best first: each stands for itself or is a copy of one that does."""
    from datasketch import MinHashLSH

    standing = MinHashLSH(threshold=_CANDIDATE, num_perm=_PERMUTATIONS)
    by_key: dict[str, str] = {}
    names: dict[str, str] = {one.id: one.canonical for one in candidates}
    copies: dict[str, str] = {}
    for one in candidates:
        sketch = _sketch(signatures[one.id])
        near = sorted(standing.query(sketch))
        named = {by_key.get(one.canonical, ""), *(id for id in by_key.values() if names.get(id) == one.key)} - {""}
        master = _master(one, near, named - {one.id}, library)
        if master:
            copies[one.id] = master
        else:
            standing.insert(one.id, sketch)
            by_key.setdefault(one.key, one.id)
    return copies


def _master(one: _Candidate, near: Iterable[str], named: Iterable[str], library: Library) -> str:
    """The document that this one is a copy of; empty where it is none."""
    text = _text(library, one.id)
    for other in named:
        if overlap(text, _text(library, other)) >= _CANONICAL_COPY:
            return other
    for other in near:
        theirs = _text(library, other)
        if len(_runs(text)) < _FEW or len(_runs(theirs)) < _FEW:
            if _words(text) == _words(theirs):
                return other
        elif _is_copy(text, theirs, one_title=_one_title(library, one.id, other)):
            return other
    return ""


def _is_copy(left: str, right: str, *, one_title: bool) -> bool:
    shared = overlap(left, right)
    if shared >= _SAME or (one_title and shared >= _COPY):
        return True
    return one_title and contained(left, right) >= _CONTAINED and _alike(left, right)


def _one_title(library: Library, left: str, right: str) -> bool:
    """Whether two documents go by one title: most words of the shorter are in the longer."""
    found = [library.document(id) for id in (left, right)]
    first, second = (set(_words(one.title)) - _COMMON if one else set() for one in found)
    return len(first & second) >= 0.7 * min(len(first), len(second))


def _alike(left: str, right: str) -> bool:
    """Lengths of one order; a chapter inside its book is no copy of the book."""
    shorter, longer = sorted((len(left), len(right)))
    return longer <= 2 * shorter


def _candidate(document: Document) -> _Candidate:
    own = document.kind is SourceKind.FILE
    part = "~" in document.id
    paged = any(block.page is not None for block in document.blocks)
    unsigned = not document.authors, not document.published  # copies drop the author and the date before the words
    worth = (own, _WAYS.index(document.via), part, paged, *unsigned, -len(document.text), document.id)
    canonical = address.key(document.canonical) if document.canonical else ""
    key = address.key(document.url)
    return _Candidate(document.id, key, canonical if canonical != key else "", worth)


def _text(library: Library, id: str) -> str:
    document = library.document(id)
    return document.text if document else ""


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(text: str) -> set[str]:
    words = _words(text)
    return {" ".join(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1))} if words else set()


def _signature(text: str) -> bytes:
    import numpy as np
    from datasketch import MinHash

    sketch = MinHash(num_perm=_PERMUTATIONS, seed=1, scheme=_SCHEME)
    sketch.update_batch([run.encode() for run in sorted(_runs(text))])
    return np.asarray(sketch.hashvalues, dtype="<u4").tobytes()


def _sketch(signature: bytes) -> Any:  # noqa: ANN401 - datasketch ships no types
    import numpy as np
    from datasketch import MinHash

    values = np.frombuffer(signature, dtype="<u4").astype(np.uint64)
    return MinHash(num_perm=_PERMUTATIONS, seed=1, scheme=_SCHEME, hashvalues=values)
