"""Comparisons: what is compared, by what, and the table of quotations that results.

Rows are companies or options, columns are facets. A cell holds the best sentence that is about its row and near to its
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
DEFINITION = Facet(
    "What it is", "definition: what it is and how it works", r"\b(?:is an?|are|encodes|learns|called|means)\b"
)
OPTION_FACETS = (
    DEFINITION,
    Facet("When it wins", "the better choice when", r"\b(?:when|whenever|if|beats?|wins?|suits?|where|unless)\b"),
    Facet("Cost", "cost, latency, memory and complexity", r"cost|latenc|memory|\bms\b|\bGB\b|FLOP|cheap|fast|slow"),
    Facet("Quality", "accuracy, recall, quality of results", r"accura|recall|precision|quality|dcg|better|error|auc"),
    Facet("Pitfalls", "fails, risk, drawback", r"fail|bias|risk|cannot|\bno\b|\bnot\b|never|leak|hurt|problem"),
)

_MOST_OPTIONS = 4
_NAMING = (-0.15, 0.0, 0.12)  # by how many of two sides a sentence names
_DEFINED = 0.5  # what a definition of the row gains in the first column, more than nearness to a facet's words gives
_NEAR = 0.1  # cosine with a facet's words; what a sentence must hold does most of the sorting
_LEAD = re.compile(
    r"^\W*(?:what(?:'s| is| are)?|which(?: is| one)?|should (?:i|we)|when (?:to|should i|do i)|is it"
    r"|how (?:do|does|did)|compare|use|pick|choose|so|the|a|an|better|best"
    r"|difference between|differences? (?:of|in)|trade-?offs? between)\b(?![-/])",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r" ?(?:\bvs\.?(?= )|\bversus\b|\bor\b|\bcompared (?:to|with)\b|\bdiffer(?:s|ent)? from\b) ?",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[,;:] (?:(?:and|but|whereas|while) )?")
_STOP = re.compile(r"[.?!;:] ")
_ASIDE = re.compile(
    r"^\W*(?:for|in|on|when|if|at|with|as|to|given|since|i|we|my|our|there|hi|hello|hey|ok(?:ay)?|please|say|suppose)\b",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\b(?:between|compare) (.+?) (?:and|with|to) (.+)", re.IGNORECASE)
_TAIL = re.compile(
    r" (?:for|in|on|when|if|at|with|as|to|[-–—]) .*$|[?.!,:;].*$| (?:first|next|now|instead|here|today)\W*$",
    re.IGNORECASE,
)


def options(question: str) -> tuple[str, ...]:
    """What a question sets side by side; fewer than two where it does not say."""
    text = " ".join(question.split())
    if pair := _PAIR.search(text):
        parts: Sequence[str] = pair.groups()
    else:
        parts = _SPLIT.split(text)
    named = [_bare(one) for part in parts[:-1] for one in _listed(part)] + [_bare(parts[-1])]
    kept = tuple(dict.fromkeys(name for name in named if 0 < len(name.split()) <= 4))
    return kept[:_MOST_OPTIONS] if len(kept) > 1 else ()


def _listed(part: str) -> list[str]:
    """The items of "quantization, distillation", without one that only says for what or of whom.

    A part of several sentences lists nothing.
    """
    items = [part] if _STOP.search(part) else part.split(", ")
    return [item for item in items if not _ASIDE.match(item)] if len(items) > 1 else items


def _bare(part: str) -> str:
    """An option without the words of asking before it and the circumstances after it."""
    text = _TAIL.sub("", part.strip())
    while (shorter := _LEAD.sub("", text).strip()) != text:
        text = shorter
    return text.strip("\"'“”‘’ ")


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


def apart(rows: Sequence[Sequence[Candidate]], names: Sequence[str]) -> list[list[Candidate]]:
    """The sentences of each row without those that are rather about another one: whose name stands in them first.

    Args:
        rows: Sentences about each row.
        names: What the rows are called; none leaves every sentence where it is.
    """
    if not names:
        return [list(row) for row in rows]
    return [
        [one for one in row if _first(one.evidence.quote, names) == name] for name, row in zip(names, rows, strict=True)
    ]


def _first(sentence: str, names: Sequence[str]) -> str:
    """The name that a sentence mentions first; after "over" and "than" stands the loser."""
    words = [word[:5] for word in re.findall(r"\w+", sentence.lower())]

    def place(name: str) -> int:
        start = re.findall(r"\w+", name.lower())[0][:5]
        return words.index(start) if start in words else len(words)

    return min(names, key=place)


def cells(
    candidates: Sequence[Candidate],
    facets: Sequence[Facet],
    vectors: Vectors,
    *,
    row: str,
    said: Sequence[Candidate] = (),
) -> list[Candidate | None]:
    """One row of a table: for each facet the best sentence that is not said yet, else the best, or None.

    A sentence stands only where it fits best: it is compared with all facets and waits in the nearest column. What says
    what an option is waits in the first, however near it is to other words.

    Args:
        candidates: Sentences about the row, with their relevance to the question.
        facets: The columns.
        vectors: Unit vectors of the facets' words, shape (facets, dimension).
        row: What it is called.
        said: Sentences that the answer holds already.
    """
    waiting: list[list[Candidate]] = [[] for _ in facets]
    for one in candidates:
        if facets[0] is DEFINITION and defines(one.evidence.quote, row):
            waiting[0].append(one.raised(_DEFINED))
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
