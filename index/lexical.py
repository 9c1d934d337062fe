"""Lexical retrieval: BM25 in tantivy over each chunk with its title and headings, English stemming, on disk.

One field holds all of it: separate fields with boosts, each with its own length, lost 0.015 nDCG@10 on four
collections. Function words are left out of queries, not of the index.

Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009. A query is words, never query syntax: no text
that a person types can fail to parse.
"""

import itertools
import json
import math
import os
import re
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from index import acronyms, spelling
from index.errors import SearchError
from ingest.types import Chunk

K1 = 1.2  # of BM25; tantivy's own
_WORDS = re.compile(r"\w+")
_FIELD = "text"
_ROW = "row"
_HEAP = 256 * 2**20  # 64 MiB leaves twenty segments of a million passages, each asked in turn
_PLENTY = 5  # words of content that say enough; 4 and 6 gain as much (docs/decisions.md)
_KEPT = 4_096  # texts whose terms are remembered, 3 kB each: the same passages are found again and again
_FEW = 2_000  # allowed rows that are looked up by number; more of them cost more than looking deeper
_MANY = 200_000  # chunks: from here words and pairs of words are asked for apart, and pairs of common words left out
_COMMON = 20_000  # chunks that hold a word: finding pairs of commoner ones costs more than all the rest of a search
_ANALYZER = "english"
_ACRONYMS = "acronyms.json"
_VOCABULARY = "vocabulary.txt"
_STOP = """
a about an and any are as at be been being but by can could did do does for from had has have he her his how i
if in into is it its me my no not of on or our she should so some such than that the their them then there
these they this to us was we were what when where which who whom why will with would you your
"""
_FUNCTION_WORDS = frozenset(_STOP.split())


@dataclass(frozen=True, slots=True)
class Extras:
    """What counts in a query beside its words.

    Attributes:
        pair: Weight of two neighbouring words found side by side, of what the two count alone.
        meant: Weight of a word that the query only abbreviates; at 0.5 SciFact loses 0.002 to wrong meanings.
    """

    pair: float = 0.08
    meant: float = 0.15


EXTRAS = Extras()


@dataclass(frozen=True, slots=True)
class _Query:
    """A query in tantivy's terms.

    Attributes:
        words: Any of the words.
        paired: The whole, of chunks that hold a pair; None where there are no pairs.
        whole: Words and pairs.
    """

    words: Any
    paired: Any
    whole: Any


def build(chunks: Sequence[Chunk], *, folder: Path) -> int:
    """Index chunks; rows are numbered from 0 in the order given. Returns how many.

    Raises:
        SearchError: If the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = acronyms.find(chunk.text for chunk in chunks)
    try:
        count = _write(chunks, folder)
    except ValueError as error:  # all that tantivy raises, an error of the disk too
        raise SearchError(f"the words cannot be indexed ({str(error)[:120]}); is the disk full?") from error
    words = spelling.vocabulary(chunk.indexed_text for chunk in chunks)
    (folder / _VOCABULARY).write_text("\n".join(words), encoding="utf-8")
    (folder / _ACRONYMS).write_text(json.dumps(known, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    return count


def _write(chunks: Sequence[Chunk], folder: Path) -> int:
    import tantivy

    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer(_ANALYZER, _analyzer())
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    count = 0
    for count, chunk in enumerate(chunks, start=1):
        writer.add_document(tantivy.Document(**{_FIELD: chunk.indexed_text, _ROW: count - 1}))
    writer.commit()
    writer.wait_merging_threads()
    return count


def _linked(folder: Path) -> Path:
    """Links to an index that cannot be written: tantivy wants a lock file beside what it opens, for reading, too."""
    beside = Path(tempfile.mkdtemp(prefix="ninestep-lexical-"))
    for path in folder.iterdir():
        if path.suffix == ".lock":
            continue
        (beside / path.name).symlink_to(path.absolute())
    return beside


class LexicalIndex:
    """A saved index, opened once; safe for several threads at once.

    Args:
        folder: Where it lies.
        many: Chunks from which words and pairs of words are asked for apart.
    """

    def __init__(self, folder: Path, *, many: int = _MANY) -> None:
        import tantivy

        self._many = many
        opened = folder if os.access(folder, os.W_OK) else _linked(folder)
        if opened != folder:
            weakref.finalize(self, shutil.rmtree, opened, ignore_errors=True)
        self._index = tantivy.Index.open(str(opened))
        self._index.register_tokenizer(_ANALYZER, _analyzer())
        self._searcher = self._index.searcher()
        self._vocabulary = (folder / _VOCABULARY).read_text(encoding="utf-8").split("\n")
        self._acronyms: dict[str, str] = json.loads((folder / _ACRONYMS).read_text(encoding="utf-8"))

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def corrected(self, query: str, *, is_word: Callable[[str], bool] = lambda _: False) -> str:
        """A query with words that no text holds replaced by the likest that some do.

        Args:
            query: As typed.
            is_word: Which words are well spelt although no text holds them.
        """
        return spelling.correct(query, self._vocabulary, is_known=lambda word: self.holds(word) or is_word(word))

    def holds(self, word: str) -> bool:
        """Whether a text holds a word, in any inflection; function words are always held."""
        return word in _FUNCTION_WORDS or any(self._searcher.doc_freq(_FIELD, term) for term in terms(word))

    def spelled_out(self, query: str) -> list[str]:
        """What the abbreviations of a query stand for, as the indexed texts define them."""
        return acronyms.expansions(words(query), self._acronyms)

    def idf(self, term: str) -> float:
        """How telling a term of `terms` is: ln(1 + (n − df + 0.5) / (df + 0.5)) over chunks, BM25's own weight."""
        held = self._searcher.doc_freq(_FIELD, term)
        return math.log(1 + (len(self) - held + 0.5) / (held + 0.5))

    def search(
        self,
        query: str,
        *,
        k: int,
        allowed: NDArray[np.int64] | None = None,
        extras: Extras = EXTRAS,
    ) -> list[tuple[int, float]]:
        """The k best rows.

        Args:
            query: Words; punctuation is passed over.
            k: How many; only rows that share a word with the query come back.
            allowed: Only these rows; None allows all.
            extras: What counts beside the words themselves.

        Returns:
            (row, BM25 score) pairs, best first, equal scores in row order.
        """
        parsed = self._query(asked(query), terms(" ".join(self.spelled_out(query))), extras)
        if parsed is None:
            return []
        if allowed is None:
            return self._best(parsed, k)
        return self._allowed_hits(parsed, k, allowed)

    def _query(self, words: Sequence[str], meant: Sequence[str], extras: Extras) -> _Query | None:
        """Any of the words or of what they stand for, more for neighbours side by side; None without words."""
        from tantivy import Occur, Query

        schema = self._index.schema
        parts = [(Occur.Should, Query.term_query(schema, _FIELD, word)) for word in words]
        for word in meant if extras.meant else ():
            spelled = Query.term_query(schema, _FIELD, word)
            parts.append((Occur.Should, Query.boost_query(spelled, extras.meant)))
        pairs = []
        for pair in self._telling(words) if extras.pair else ():
            together = Query.phrase_query(schema, _FIELD, list(pair))
            pairs.append((Occur.Should, Query.boost_query(together, extras.pair)))
        if not parts:
            return None
        paired = Query.boolean_query([(Occur.Must, Query.boolean_query(pairs)), *parts]) if pairs else None
        return _Query(Query.boolean_query(parts), paired, Query.boolean_query([*parts, *pairs]))

    def _telling(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """Neighbouring words; in a large index those of which at least one is not in very many chunks.

        Of a million chunks that leaves 96 % of the ten best as they were, and halves the time.
        """
        if len(self) < self._many:
            return list(itertools.pairwise(words))
        held = {word: self._searcher.doc_freq(_FIELD, word) for word in words}
        return [pair for pair in itertools.pairwise(words) if min(held[word] for word in pair) <= _COMMON]

    def _best(self, query: _Query, depth: int) -> list[tuple[int, float]]:
        """The best rows, as asking for the whole at once would give them, in less time where there are many.

        Words alone let tantivy skip most of what it cannot use; with pairs it scores every chunk that holds a word.
        So the two are asked apart: a chunk without a pair that is among the best is among the best by words, too, and
        one with a pair is among the best of those with pairs, where it has its whole score.
        """
        if len(self) < self._many:
            return self._hits(query.whole, depth)
        found = dict(self._hits(query.words, depth))
        if query.paired is not None:
            found |= dict(self._hits(query.paired, depth))
        return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))[:depth]

    def _allowed_hits(self, query: _Query, k: int, allowed: NDArray[np.int64]) -> list[tuple[int, float]]:
        """Few rows are named to tantivy; of many, look as deep as it takes to find k that are allowed."""
        if len(allowed) <= _FEW:
            return self._hits(self._narrowed(query.whole, allowed.tolist()), k)
        passing = np.zeros(len(self), dtype=np.bool_)
        passing[allowed] = True
        depth = math.ceil(1.5 * k * len(self) / len(allowed))
        while True:
            hits = self._best(query, depth)
            kept = [hit for hit in hits if passing[hit[0]]]
            if len(kept) >= k or len(hits) < depth:
                return kept[:k]
            depth *= 4

    def _narrowed(self, parsed: Any, rows: list[int]) -> Any:  # noqa: ANN401
        """The same query, and scores, over given rows alone."""
        from tantivy import Occur, Query

        among = Query.const_score_query(Query.term_set_query(self._index.schema, _ROW, rows), 0.0)
        return Query.boolean_query([(Occur.Must, among), (Occur.Must, parsed)])

    def _hits(self, parsed: Any, depth: int) -> list[tuple[int, float]]:  # noqa: ANN401
        found = self._searcher.search(parsed, min(depth, max(len(self), 1)), count=False).hits
        rows = cast("list[int]", self._searcher.fast_field_values(_ROW, [address for _, address in found]))
        hits = [(row, float(score)) for row, (score, _) in zip(rows, found, strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))


def most(query: str, *, idf: Callable[[str], float]) -> float:
    """The BM25 score that no chunk reaches: of one that said all words of a query endlessly.

    Words that no chunk holds count, and count most: what they ask for, no chunk says in words.

    Args:
        query: As typed.
        idf: How telling a term is, of the index that is searched.
    """
    return (K1 + 1) * sum(idf(term) for term in asked(query))


def outright(query: str) -> float:
    """How far a query says in words of content what it asks for, 0 to 1.

    1 for five such words, and for keywords, however few; 0 without words. "Who wrote Dune?" asks in a function word for
    what its two words of content do not say: a passage that holds these need not hold the answer.
    """
    content, said = len(content_words(query)), len(words(query))
    return min(max(content / _PLENTY, content / max(said, 1)), 1.0)


def asked(query: str) -> Sequence[str]:
    """The terms that a query asks for, as often as it says them."""
    return terms(" ".join(content_words(query)))


def words(query: str) -> list[str]:
    """A query's words in lower case."""
    return _WORDS.findall(query.lower())


def content_words(query: str) -> list[str]:
    """A query's words in lower case without function words; all of them where it has no others."""
    said = words(query)
    return [word for word in said if word not in _FUNCTION_WORDS] or said


def is_function_word(word: str) -> bool:
    """Whether a word is left out of queries."""
    return word.lower() in _FUNCTION_WORDS


@lru_cache(maxsize=_KEPT)
def terms(text: str) -> Sequence[str]:
    """The terms that a text is indexed by: lower case, stemmed, in order."""
    found: list[str] = _analyzer().analyze(text)
    return tuple(map(sys.intern, found))


@cache
def _analyzer() -> Any:  # noqa: ANN401 - tantivy ships no types
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.remove_long(60), tantivy.Filter.lowercase(), tantivy.Filter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()


def _schema() -> Any:  # noqa: ANN401 - tantivy ships no types
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_FIELD, stored=False, tokenizer_name=_ANALYZER)
    builder.add_integer_field(_ROW, stored=False, indexed=True, fast=True)
    return builder.build()
