"""Comparisons: what a sentence is about, and the table of quotations that sets companies side by side.

Rows are companies, columns are facets. A cell holds the best sentence that is about its row and near to its
column, or nothing: "not stated" is an answer too. What is said elsewhere in the answer, above the table or in another
cell, is said again only where a cell would else be empty.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.compose import repeats
from assistant.direct import is_definition
from assistant.evidence import Candidate
from index.types import Vectors


@dataclass(frozen=True, slots=True)
class Facet:
    """A column.

    Attributes:
        words: What its evidence is about, in the words that it uses.
        needs: What a sentence must hold to state it; a year is four digits.
    """

    title: str
    words: str
    needs: str = ""


SYSTEM_FACETS = (
    Facet("Candidates", "candidate generation and retrieval", r"candidate|retriev|nearest|inverted"),
    Facet("Ranker", "ranking model and its architecture", r"rank|model|network|tree|scor"),
    Facet("Features", "input features and embeddings", r"feature|embedding|input|signal"),
    Facet("Labels", "training data, labels and negatives", r"label|training|negatives|examples"),
    Facet("Serving", "serving, latency and infrastructure", r"serv(?:e|ing)|latenc|\bms\b|cache|engine|deploy"),
    Facet("Metrics", "objective, offline and online metrics", r"metric|n?dcg|auc|objective|precision|recall|loss"),
    Facet("Scale", "number of users, items, requests per second", r"\d.*(?:million|billion|thousand|second|day)"),
    Facet("Result", "measured gain and results of the experiment", r"\d.*(?:%|percent|points)|gain|improve|lift"),
    Facet("Year", "published or launched in the year", r"\b(?:19|20)\d\d\b"),
)
_NAMING = (-0.15, 0.0, 0.12)  # by how many of two sides a sentence names
_NEAR = 0.2  # cosine with a facet's words; what a sentence must hold does most of the sorting
# What a source could not be read for, or does not say, is no property of the system.
OF_THE_SOURCE = re.compile(
    r"\b(?:read only|only (?:in part|abridged)|could not be read|not given|no percentages|not in the text"
    r"|(?:gives?|reports?|states?|cites?|quotes?) no)\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[,;:] (?:(?:and|but|whereas|while) )?")


def is_about(sentence: str, option: str) -> bool:
    """Whether a sentence names an option: every word of it, in any inflection that keeps its first five letters.

    A word of four letters may be the beginning of one ("batch norm"), a shorter one may have an s.
    """
    words = re.findall(r"\w+", sentence.lower())
    return all(any(_is_of(word, wanted) for word in words) for wanted in re.findall(r"\w+", option.lower()))


def _is_of(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:5]) if len(wanted) > 3 else word in (wanted, f"{wanted}s")


def defines(sentence: str, option: str) -> bool:
    """Whether a sentence, or a clause of it, says what an option is: "precision is …, and recall is …"."""
    return any(is_definition(clause, option) for clause in (sentence, *_CLAUSES.split(sentence)[1:]))


def bonus(sentence: str, sides: Sequence[str]) -> float:
    """What a sentence gains in a comparison: naming both sides it answers, naming neither it wanders off."""
    if len(sides) < 2:
        return 0.0
    return _NAMING[min(sum(is_about(sentence, one) for one in sides), len(_NAMING) - 1)]


def cells(
    candidates: Sequence[Candidate],
    facets: Sequence[Facet],
    vectors: Vectors,
    *,
    said: Sequence[Candidate] = (),
) -> list[Candidate | None]:
    """One row of a table: for each facet the best sentence that is not said yet, else the best, or None.

    A sentence stands only where it fits best: it is compared with all facets and waits in the nearest column.

    Args:
        candidates: Sentences about the row, with their relevance to the question.
        facets: The columns.
        vectors: Unit vectors of the facets' words, shape (facets, dimension).
        said: Sentences that the answer holds already.
    """
    waiting: list[list[Candidate]] = [[] for _ in facets]
    for one in candidates:
        if OF_THE_SOURCE.search(one.evidence.quote):
            continue
        nearness = vectors @ one.vector
        fitting = [n for n, facet in enumerate(facets) if re.search(facet.needs, one.evidence.quote, re.IGNORECASE)]
        best = max(fitting, key=lambda n: float(nearness[n]), default=None)
        if best is not None and nearness[best] >= _NEAR:
            waiting[best].append(one.raised(float(nearness[best])))
    filled: list[Candidate | None] = []
    for column in waiting:
        before = [*said, *filter(None, filled)]
        filled.append(max(column, key=lambda one: (not repeats(one, before), one.evidence.relevance), default=None))
    return filled
