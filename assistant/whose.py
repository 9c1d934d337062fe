"""Whose system a question asks about: how much better others answer it, once it names no organisation.

What one company did is no answer to a question about another. The question is searched for again without the names of
organisations; where passages about others then answer clearly better, or a name in it stands only in theirs, it is
another one's system that is asked about.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant import organisations, telling
from assistant.evidence import near
from index import lexical
from index.engine import Generation
from index.search import HybridSearcher
from index.types import Embedder, Hit, Vectors

_DEPTH = 40
_CLEARLY = 0.15  # by how much others must be better for the question to be about them
_RARE = 3.0  # idf of a word that stands in fewer than one passage of twenty


@dataclass(frozen=True, slots=True)
class Whose:
    """What passages about other organisations have over those about the ones that are asked about."""

    misplaced: float = 0.0
    far: float = 0.0
    foreign: tuple[str, ...] = ()
    rivals: tuple[Hit, ...] = ()


class Owners:
    """Judges whose system is asked about.

    Args:
        generation: The one that is searched.
        embedder: Its model.
        searcher: Over both.
        known: The organisations of the library.
    """

    def __init__(
        self, generation: Generation, embedder: Embedder, searcher: HybridSearcher, known: Collection[str]
    ) -> None:
        self._generation = generation
        self._index = generation.lexical
        self._embedder = embedder
        self._searcher = searcher
        self._known = known

    def judge(self, query: str) -> Whose:
        """By how much others answer better than those that are asked about, once the question names neither."""
        asked_of = organisations.named(query, self._known)
        bare = organisations.without(query, asked_of)
        if not asked_of or not telling.words(bare):
            return Whose()
        foreign = self._foreign(bare, asked_of)
        vector = self._embedder.encode_query([bare])[0]
        found = self._searcher.search_vector(bare, vector, k=_DEPTH)
        own = [hit for name in asked_of for hit in organisations.about(found, name)]
        of_own = {hit.chunk.id for hit in own}
        others = [hit for hit in found if hit.document.organisations and hit.chunk.id not in of_own]
        gain = max(0.0, _best(others) - _best(own))
        further = max(0.0, self._nearest(others, vector) - self._nearest(own, vector))
        rivals = [hit for _, hits in foreign for hit in hits] or (others if max(gain, further) > _CLEARLY else [])
        return Whose(gain, further, tuple(word for word, _ in foreign), tuple(rivals))

    def _foreign(self, bare: str, asked_of: Sequence[str]) -> list[tuple[str, list[Hit]]]:
        """Names that no passage about the organisations asked about holds, each with the passages that do."""
        words = dict.fromkeys(match[0] for match in telling.WORDS.finditer(bare))
        rare = [word for word in words if _RARE < self._weight(word) < self._index.idf("")]
        found = [(word, self._searcher.holding(word)) for word in rare]
        return [
            (word, hits)
            for word, hits in found
            if organisations.is_name(word, [hit.chunk.text for hit in hits])
            and not any(organisations.about(hits, name) for name in asked_of)
        ]

    def _weight(self, word: str) -> float:
        return max(map(self._index.idf, lexical.terms(word)), default=0.0)

    def _nearest(self, hits: Sequence[Hit], vector: Vectors) -> float:
        found = near(self._generation, hits, vector)
        return float(found[0].vector @ vector) if found else 0.0


def _best(hits: Sequence[Hit]) -> float:
    return max((hit.score for hit in hits), default=0.0)
