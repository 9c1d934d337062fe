"""Whether what was found is enough to answer: signs that no single one decides, weighed by a fitted model.

Three families. Nearness: how near the best sentences, passages and documents are, against how near the question is to
matters that no such library is about (elsewhere.txt). Words: what of the question the best passage holds, and what no
text of the library holds; most of all its subject, the name after "does" or before "'s". Whose: how much better the
same question is answered once the organisation that it names is left out, which is so where another one's system is
asked about. They are taken in `telling`, `whose`, `wanted` and `directions`; a second model weighs the same signs with
those of a claim (`premise`).

The weights lie beside this module in sufficiency.json, with what they were fitted on, and the trees that mend what a
sum of signs gets wrong in trees.json; `python -m eval.sufficiency` fits them again, which a change of the search scores
wants. Signs are scale-free or cosines, so that another library needs no other weights; what the reader makes of
sentences (`reading`) is of this library's questions, and where a library has none, what is expected takes its place.
Two of them are directions in the space of the embedder (sufficiency.npy); with another embedder they say nothing, and
the others decide.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from assistant import direct, directions, entail, evidence, premise, question, reading, telling, trees, wanted
from assistant.entail import Entailment
from assistant.evidence import Candidate
from assistant.premise import Premise
from assistant.reading import Reader, Reading
from assistant.telling import Subjects
from assistant.trees import Tree
from assistant.types import Question, QuestionKind
from assistant.whose import Owners, Whose
from index import lexical
from index.engine import Generation, Lexical
from index.search import HybridSearcher
from index.types import Embedder, Hit, Vectors

_TOP = 5
_PASSAGES = 12
_BEST_SENTENCES = 3
_MOST_WORDS = 12
_MOST_STRANGE = 4
_READ, _GAINSAYING = 8, 3  # sentences that are read, and of these may deny a premise
_AGREED = 10  # ranks of both methods that are compared
_REFUTING, _REFUTING_NEAR = 2, 0.6  # how many of the nearest sentences may deny a premise, and how near they must be

_LEARNABLE = re.compile(
    r"\b(?:predict|detect|recommend|rank|classif|recogni|forecast|estimat|moderat|match|personali|segment|scor|translat"
    r"|search|retriev|identif|suggest|model|machine.learning|ml\b|ai\b|learn|cluster|transcrib|autocomplet|spam|fraud"
    r"|feed|bot\b|chatbot|assistant)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a question and what was found for it. Cosines, or from 0 to 1 where nothing else is said.

    Attributes:
        sentence: The nearest quotable sentence.
        sentences: The mean of the nearest three.
        standing: The best fused score.
        asked: The nearest question that a sentence found is known to answer; where none is known for a sentence, what
            is expected of it.
        answered: The largest log odds, by `reading`, that one of the nearest sentences answers; 0 for a design.
        document: The nearest document as a whole.
        elsewhere: The nearest of the matters that are none of the library's.
        covered: The share of the question's weight (idf) that the best passage holds.
        length: Telling words, of at most twelve.
        strange: Words that no text of the library holds, of at most four.
        strange_share: Those, of all telling words.
        subject: 1 where a name that the question is about stands in none of the best passages.
        actor: 1 where that name does or has what is asked about: it stands after "does" or before "'s".
        misplaced: Organisations left out, how much better the best fused score of others is than their own.
        far: The same of the nearest sentence.
        foreign: 1 where a name is asked about that only passages about other organisations hold.
        grip: How rare the rarest word is that the best passages hold, against one in no text.
        lack: The same of the rarest that none of them holds.
        short: One by the number of telling words; a question of one word is answered by what holds it.
        untold: 1 where a date, a price or a figure is asked for and no near sentence on the rarest word holds one.
        uncounted: 1 where it is asked how many there are of a thing and no such sentence holds it with a figure.
        unnamed: 1 where it is asked which of a kind it is and no such sentence holds the kind.
        left_out: 1 where a detail of how a thing was made or run is asked for that the nearest sentence does not hold.
        apart: The share of its neighbouring telling words that stand together in none of the best passages.
        agreed: The share of the best ten passages that meaning and words both rank among their best ten.
        ours: How far the question as it is put looks like those that such a library answers, as log odds; the less of
            it, the nearer the nearest sentence is.
        design: 1 for a design, which may lean on general guidance.
        learnable: 1 for a design of something that learns: that predicts, detects, ranks.
    """

    sentence: float
    sentences: float
    standing: float
    asked: float
    answered: float
    document: float
    elsewhere: float
    covered: float
    length: float
    strange: float
    strange_share: float
    subject: float
    actor: float
    misplaced: float
    far: float
    foreign: float
    grip: float
    lack: float
    short: float
    untold: float
    uncounted: float
    unnamed: float
    left_out: float
    apart: float
    agreed: float
    ours: float
    design: float
    learnable: float


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model of the signs, and trees on what it leaves.

    Attributes:
        weights: By the name of the sign.
        enough: The chance from which a question is answered, or a premise is not doubted.
        refused: The chance below which a premise is refused.
    """

    bias: float
    weights: Mapping[str, float]
    enough: float
    trees: tuple[Tree, ...] = ()
    refused: float = 0.0

    def chance(self, signs: Mapping[str, float]) -> float:
        """The chance that what was found answers the question, or bears out its premise; signs by their names."""
        sum_ = self.bias + sum(self.weights[name] * value for name, value in signs.items())
        return 1 / (1 + math.exp(-sum_ - trees.log_odds(self.trees, signs)))


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """The judgment.

    Attributes:
        chance: That the passages answer the question, as the fitted model sees it.
        missing: Words of the question that none of the best passages holds.
        foreign: Names that the question gives to an organisation and that only passages about others hold.
        rivals: Passages about other organisations that answer better than those about the one that is asked about.
        vector: Of the question.
        premise: What is seen of what the question claims; None where it claims nothing.
        is_borne_out: Whether the library bears that out.
        is_doubtful: Whether that is likely not so, but unsure: then it is answered with a word of caution.
        nearest: The sentences nearest to the question, nearest first.
        refuting: Sentences that deny what the question takes for granted, nearest first.
    """

    signs: Signs
    chance: float
    is_enough: bool
    missing: tuple[str, ...]
    vector: Vectors
    foreign: tuple[str, ...] = ()
    rivals: tuple[Hit, ...] = ()
    premise: Premise | None = None
    is_borne_out: bool = True
    is_doubtful: bool = False
    nearest: tuple[Candidate, ...] = ()
    refuting: tuple[Candidate, ...] = ()


@cache
def models() -> tuple[Model, Model]:
    """The fitted models: of what is enough, and of what bears out a premise."""
    folder = resources.files("assistant")
    held = json.loads((folder / "sufficiency.json").read_text(encoding="utf-8"))
    grown = json.loads((folder / "trees.json").read_text(encoding="utf-8"))
    premise_ = held["premise"]
    return _model(held, grown["enough"]), replace(_model(premise_, grown["premise"]), refused=premise_["refused"])


def _model(held: Mapping[str, Any], grown: Iterable[Sequence[Sequence[str | float]]]) -> Model:
    return Model(held["bias"], held["weights"], held["enough"], trees.read(grown))


class Judge:
    """Judges one question.

    Args:
        generation: The one that is searched.
        embedder: Its model.
        searcher: Over both.
        known: The organisations of the library, `organisations.known`.
        reader: Reads the nearest sentences with the question.
        entailment: Judges premises first, where there is one.
    """

    def __init__(
        self,
        generation: Generation,
        embedder: Embedder,
        searcher: HybridSearcher,
        known: Collection[str],
        *,
        reader: Reader,
        entailment: Entailment | None = None,
    ) -> None:
        self._generation = generation
        self._reader = reader
        self._index: Lexical = generation.lexical
        self._embedder = embedder
        self._entailment = entailment
        self._directions = directions.of(embedder)
        self._owners = Owners(generation, embedder, searcher, known)
        self._subjects = Subjects(searcher, generation.lexical, known)

    def judge(self, asked: Question, hits: Sequence[Hit], vector: Vectors) -> Sufficiency:
        """Weigh the hits of a question.

        Args:
            asked: Its query as it was searched for, misspelt words put right.
            hits: The best for that query, best first.
            vector: Of the query.
        """
        whose = self._owners.judge(asked.query)
        near = evidence.near(self._generation, hits, vector)
        read = self._read(asked, near, vector)
        signs = self._signs(asked, hits, vector, whose, near, read)
        fitted, _ = models()
        chance = fitted.chance(asdict(signs))
        meant = directions.log_odds(self._directions.meant, vector - near[0].vector) if near else 0.0
        gainsaid = reading.gainsaid(read[:_GAINSAYING])
        claimed = premise.signs(asked.query, hits, near, vector, self._index.idf, meant=meant, gainsaid=gainsaid)
        return Sufficiency(
            signs,
            chance,
            chance >= fitted.enough,
            self._missing(asked.query, hits),
            vector,
            whose.foreign,
            whose.rivals,
            claimed,
            *self._borne_out(asked.query, claimed, signs, near),
            tuple(near[:_TOP]),
            _refuting(asked, near, vector),
        )

    def _read(self, asked: Question, near: Sequence[Candidate], vector: Vectors) -> list[Reading]:
        """Readings of the sentences that are nearest, by themselves and by what they are known to answer.

        Of two questions in one, a sentence is read with the one that it answers better.
        """
        if asked.kind is QuestionKind.DESIGN:
            return []
        ordered = sorted(near, key=lambda one: -float(one.vector @ vector) - one.nearest_asked(vector))
        each = (self._reader.read(text, ordered[:_READ], vector) for _, text in question.parts(asked.query))
        return [max(readings, key=lambda one: one.answers) for readings in zip(*each, strict=True)]

    def _borne_out(
        self, query: str, claimed: Premise | None, signs: Signs, near: Sequence[Candidate]
    ) -> tuple[bool, bool]:
        """Whether a premise is borne out, and whether that is doubtful."""
        if claimed is None:
            return True, False
        claim, quotes = premise.claim(query), [one.evidence.quote for one in near[:_BEST_SENTENCES]]
        if self._entailment and entail.is_entailed(claim, quotes, self._entailment):
            return True, False
        if self._entailment and entail.is_contradicted(claim, quotes, self._entailment):
            return False, False
        _, fitted = models()
        chance = fitted.chance(asdict(signs) | asdict(claimed))
        if not claimed.presumes:  # "how does" asks for the way: of unseen ones, a refusal met as many true as false
            return True, False
        return chance >= fitted.refused, fitted.refused <= chance < fitted.enough

    def _missing(self, query: str, hits: Sequence[Hit]) -> tuple[str, ...]:
        held = {term for hit in hits[:_TOP] for term in lexical.terms(hit.chunk.indexed_text)}
        words = reversed(telling.words(query).items())
        told = [(term, word) for term, word in words if self._index.idf(term) > telling.LEAST]
        told.sort(key=lambda one: -self._index.idf(one[0]))  # a name that stands nowhere says more than "train"
        return tuple(word for term, word in told if not telling.is_held(word, term, held, self._index))

    def _signs(
        self,
        asked: Question,
        hits: Sequence[Hit],
        vector: Vectors,
        whose: Whose,
        near: Sequence[Candidate],
        read: Sequence[Reading],
    ) -> Signs:
        words = telling.words(asked.query)
        weights = telling.telling(asked.query, self._index)
        texts = [lexical.terms(hit.chunk.indexed_text) for hit in hits[:_TOP]]
        held = [set(text) for text in texts]
        strange = telling.strange(words, self._index)
        nearness = [float(one.vector @ vector) for one in near[:_BEST_SENTENCES]] or [0.0]
        grip, lack = telling.rarest(words, set().union(*held), self._index)
        on_it = wanted.on_subject(weights, near)
        return Signs(
            sentence=nearness[0],
            sentences=sum(nearness) / len(nearness),
            standing=hits[0].score if hits else 0.0,
            asked=max((one.nearest_asked(vector) for one in near), default=0.0),
            answered=_answered(asked, read),
            document=self._document(hits, vector),
            elsewhere=float(np.max(directions.elsewhere(self._embedder) @ vector)),
            covered=max((telling.covered(words, weights, terms, self._index) for terms in held), default=0.0),
            length=min(len(weights), _MOST_WORDS) / _MOST_WORDS,
            strange=min(len(strange), _MOST_STRANGE) / _MOST_STRANGE,
            strange_share=min(1.0, len(strange) / max(len(weights), 1)),
            subject=float(self._subjects.are_lacking(asked.query, set().union(*held))),
            actor=float(self._subjects.is_actor_lacking(asked.query, set().union(*held))),
            misplaced=whose.misplaced,
            far=whose.far,
            foreign=float(bool(whose.foreign)),
            grip=grip,
            lack=lack,
            short=1 / max(len(weights), 1),
            untold=float(wanted.is_untold(asked.query, on_it)),
            uncounted=float(wanted.is_uncounted(asked.query, on_it)),
            unnamed=float(wanted.is_unnamed(asked.query, on_it)),
            left_out=float(wanted.is_left_out(asked.query, [one.evidence.quote for one in near[:1]])),
            apart=telling.apart(asked.query, texts),
            agreed=sum(map(_is_agreed, hits[:_AGREED])) / _AGREED,
            ours=directions.ours(self._directions.ours, vector, nearness[0]),
            design=float(asked.kind is QuestionKind.DESIGN),
            learnable=float(asked.kind is QuestionKind.DESIGN and bool(_LEARNABLE.search(asked.query))),
        )

    def _document(self, hits: Sequence[Hit], vector: Vectors) -> float:
        rows = [self._generation.rows(id)[0] for id in {hit.document.id for hit in hits[:_PASSAGES]}]
        return float(self._generation.context.scores(vector, np.array(rows)).max()) if rows else 0.0


def _refuting(asked: Question, near: Sequence[Candidate], vector: Vectors) -> tuple[Candidate, ...]:
    claim = premise.claimed(asked.query)
    close = [one for one in near[:_REFUTING] if float(one.vector @ vector) >= _REFUTING_NEAR]
    return tuple(one for one in close if claim and direct.is_refuted(claim, one.evidence.quote))


def _answered(asked: Question, read: Sequence[Reading]) -> float:
    if asked.kind is QuestionKind.DESIGN:
        return 0.0
    return max((one.answers for one in read), default=reading.unread(0.0).answers)


def _is_agreed(hit: Hit) -> bool:
    found = hit.trace.methods.values()
    return len(found) > 1 and all(one.rank <= _AGREED for one in found)
