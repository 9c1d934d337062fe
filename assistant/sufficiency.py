"""Whether what was found is enough to answer: signs that no single one decides, weighed by a fitted model.

Three families. Nearness: how near the best sentences, passages and documents are, against how near the question is to
matters that no such library is about (elsewhere.txt). Words: what of the question the best passage holds, and what no
text of the library holds; most of all its subject, the name after "does" or before "'s". Whose: how much better the
same question is answered once the organisation that it names is left out, which is so where another one's system is
asked about.

The weights lie beside this module in sufficiency.json, with what they were fitted on; `python -m eval.sufficiency` fits
them again, which a change of the search scores wants. Signs are scale-free or cosines, so that another library needs no
other weights. Two of them are directions in the space of the embedder (sufficiency.npy); with another embedder they say
nothing, and the others decide.
"""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np

from assistant import direct, entail, organisations, premise
from assistant.entail import Entailment
from assistant.evidence import Candidate, gather
from assistant.premise import Premise
from assistant.types import Question, QuestionKind
from index import lexical
from index.engine import Generation, Lexical
from index.search import HybridSearcher
from index.types import Embedder, Hit, Vectors

_TOP = 5
_READ = 8  # of the nearest sentences, for what a question wants told
_DEPTH = 40
_PASSAGES = 12
_BEST_SENTENCES = 3
_TELLING = 1.0  # idf from which a word tells something; below it stand the words that half the library uses
_CLEARLY = 0.15  # by how much others must be better for the question to be about them
_RARE = 3.0  # idf of a word that stands in fewer than one passage of twenty
_MOST_WORDS = 12
_MOST_STRANGE = 4
_BESIDE = 3  # terms within which two words of a passage stand together
_AGREED = 10  # ranks of both methods that are compared
_REFUTING, _REFUTING_NEAR = 2, 0.6  # how many of the nearest sentences may deny a premise, and how near they must be
_ABBREVIATION = 3

# Words of asking, not of what is asked about; without this list "explain" and "my" pass for rare, telling terms.
_ASKING = frozenset(
    {"a", "an", "the", "is", "are", "was", "do", "does", "did", "can", "could", "should", "would", "i", "me", "my",
     "we", "our", "you", "your", "it", "what", "which", "who", "why", "when", "where", "how", "explain", "describe",
     "tell", "mean", "means", "meaning", "give", "show", "write", "please", "about", "but", "and", "or", "vs",
     "versus", "deal", "best", "good", "great", "bad", "difference", "different", "between", "compare", "need",
     "want", "help", "one", "people", "anybody", "somebody", "someone", "everyone", "pros", "cons", "idea", "ideas",
     "any", "tips", "let", "s", "t", "m", "ve", "ll", "re", "d", "am", "way", "ways", "differ", "differs", "differing",
     "differently", "differences", "now", "right", "better", "worse", "exactly", "really", "actually", "basically",
     "simply", "just", "very", "too", "also", "ever", "maybe", "perhaps", "something", "anything", "thing", "things",
     "stuff", "lot", "lots"}
)  # fmt: skip
# Phrases of the same sort: a kind, a sort and going say something elsewhere ("merge sort", "the Go client").
_FILLING = re.compile(
    r"\b(?:(?:kind|sort|type)s? of|go(?:es|ing)? (?:about|for|with|wrong)|get(?:ting)? started|how come|at all"
    r"|in (?:practice|general|particular|fact|short|detail|simple terms)"
    r"|of course|so far|by the way|right (?:now|away)|these days|nowadays|today)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_SUBJECT = re.compile(r"\b(?:does|did|has)\s+([\w.-]*\w)|(\w[\w.-]*)['’]s\b|(?<=\s)([A-Z][\w.-]*\w)")
_PRESUMING = re.compile(
    r"^\W*+(?:(?:and|but|so)\s+)?(?:why\s+(?:does|do|did|is|are|was|were)|since|given\s+that)\s+(.+)", re.IGNORECASE
)
_CLAIMING = re.compile(
    r"^\W*+(?:(?:and|but|so)\s+)?(?:(?:why|how)\s+(?:does|do|did|is|are|was|were|must|should|can|could)|since|given\s+that)\s+(.+)",
    re.IGNORECASE,
)

_LEARNABLE = re.compile(
    r"\b(?:predict|detect|recommend|rank|classif|recogni|forecast|estimat|moderat|match|personali|segment|scor|translat"
    r"|search|retriev|identif|suggest|model|machine.learning|ml\b|ai\b|learn|cluster|transcrib|autocomplet|spam|fraud"
    r"|feed|bot\b|chatbot|assistant)",
    re.IGNORECASE,
)
_ELSEWHERE: dict[str, Vectors] = {}  # by the model's digest
_BRITISH = ((re.compile("our"), "or"), (re.compile("is(?=e|i|ation)"), "iz"), (re.compile("ys(?=e)"), "yz"))

# What a kind of question wants, and what its answer then holds.
_WANTED = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held))
    for asked, held in (
        (r"^\W*+when\s+(?:was|were|did|is)\b|\b(?:which|what) year\b", r"\b(?:19|20)\d\d\b"),
        (r"^\W*+who\s+(?:is|was|are|founded|invented|wrote|made|owns|created)\b", r"\b[A-Z]\w++ [A-Z]\w|et al"),
        (
            r"\b(?:price|prices|pricing|salary|fee|how much do(?:es)?\b.{0,200}\b(?:cost|pay))\b",
            r"[$€£]|\d (?:dollars|cents)",
        ),
        (r"\b(?:which|what) version\b|\bchanged between\b|\brelease notes\b", r"(?:[Vv]ersion|v) ?\d|\b\d+\.\d+\.\d"),
        (r"\bdefaults?\b", r"[Dd]efault"),
        (r"\blicen[sc]e\b(?! plate)", r"[Ll]icen[sc]e"),
        (r"\b(?:flag|argument|syntax|config)\b", r"`|--\w|\w_\w|[Ff]lag|[Aa]rgument"),
        (
            r"\bhow often\b",
            r"\d|\b(?:daily|weekly|hourly|monthly|nightly|every|once|twice|an? (?:hour|day|week|month))\b",
        ),
        (r"\bhow long\b", r"\b(?:ms|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"),
        (
            r"\bhow (?:many|much|big|large|fast)\b",
            r"\d|\b(?:hundreds|thousands?|millions?|billions?|two|three|four|five|six|nine)\b",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a question and what was found for it. Cosines, or from 0 to 1 where nothing else is said.

    Attributes:
        sentence: The nearest quotable sentence.
        sentences: The mean of the nearest three.
        standing: The best fused score.
        document: The nearest document as a whole.
        elsewhere: The nearest of the matters that are none of the library's.
        covered: The share of the question's weight (idf) that the best passage holds.
        length: Telling words, of at most twelve.
        strange: Words that no text of the library holds, of at most four.
        strange_share: Those, of all telling words.
        subject: 1 where a name that the question is about stands in none of the best passages.
        misplaced: Organisations left out, how much better the best fused score of others is than their own.
        far: The same of the nearest sentence.
        foreign: 1 where a name is asked about that only passages about other organisations hold.
        untold: 1 where a date, a price or a figure is asked for and no near sentence on the rarest word holds one.
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
    document: float
    elsewhere: float
    covered: float
    length: float
    strange: float
    strange_share: float
    subject: float
    misplaced: float
    far: float
    foreign: float
    untold: float
    apart: float
    agreed: float
    ours: float
    design: float
    learnable: float


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model of the signs.

    Attributes:
        weights: By the name of the sign.
        enough: The chance from which a question is answered.
    """

    bias: float
    weights: Mapping[str, float]
    enough: float

    def chance(self, signs: Signs | Premise) -> float:
        """The chance that what was found answers the question, or bears out its premise."""
        sum_ = self.bias + sum(self.weights[name] * value for name, value in asdict(signs).items())
        return 1 / (1 + math.exp(-sum_))


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
    nearest: tuple[Candidate, ...] = ()
    refuting: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class _Whose:
    """What passages about other organisations have over those about the ones that are asked about."""

    misplaced: float = 0.0
    far: float = 0.0
    foreign: tuple[str, ...] = ()
    rivals: tuple[Hit, ...] = ()


@cache
def models() -> tuple[Model, Model]:
    """The fitted models: of what is enough, and of what bears out a premise."""
    held = json.loads((resources.files("assistant") / "sufficiency.json").read_text(encoding="utf-8"))
    return tuple(Model(one["bias"], one["weights"], one["enough"]) for one in (held, held["premise"]))  # type: ignore[return-value] # two


@dataclass(frozen=True, slots=True)
class Directions:
    """Linear models in the space of an embedder, float32 of its dimension and a bias; log odds.

    Attributes:
        ours: Of the vector of a question: whether such a library answers its like.
        meant: Of the vector of a question that claims something less that of its nearest sentence: whether the sentence
            says what is claimed. What a sentence turns round or leaves out lies in some directions more than in others.
    """

    ours: Vectors
    meant: Vectors


def log_odds(direction: Vectors, vector: Vectors) -> float:
    """The log odds that a linear model gives a vector."""
    return float(direction[:-1] @ vector + direction[-1])


@cache
def _fitted_directions() -> tuple[str, Directions]:
    """The digest of the embedder that they were fitted with, and the directions."""
    folder = resources.files("assistant")
    held = json.loads((folder / "sufficiency.json").read_text(encoding="utf-8"))
    with (folder / "sufficiency.npy").open("rb") as file:
        ours, meant = np.load(file, allow_pickle=False)
    return held["embedder"], Directions(ours, meant)


def directions(embedder: Embedder) -> Directions:
    """The fitted directions; zeros, which say nothing, for an embedder that they were not fitted with."""
    digest, fitted = _fitted_directions()
    nothing = np.zeros(embedder.dimension + 1, dtype=np.float32)
    return fitted if digest == embedder.digest else Directions(nothing, nothing)


def ours(direction: Vectors, vector: Vectors, nearest: float) -> float:
    """The sign of that name: a question unlike others needs a nearer sentence.

    Args:
        direction: A linear model of question vectors.
        vector: Of the question.
        nearest: The cosine of the nearest sentence.
    """
    return (1 - nearest) * log_odds(direction, vector)


def elsewhere(embedder: Embedder) -> Vectors:
    """Vectors of what such a library is not about, a row each; computed once a model."""
    if embedder.digest not in _ELSEWHERE:
        lines = (resources.files("assistant") / "elsewhere.txt").read_text(encoding="utf-8").splitlines()
        _ELSEWHERE[embedder.digest] = embedder.encode_query(lines)
    return _ELSEWHERE[embedder.digest]


def presumed(query: str) -> str:
    """What a question takes for granted: "why does A do B" that A does B; empty for other questions.

    What is told of one's own system is a symptom and takes nothing for granted.
    """
    found = _PRESUMING.match(query)
    return found[1].rstrip(" ?.!") if found and not premise.is_own(query) else ""


def _claimed(query: str) -> str:
    """The same of "how does A do B" as well, which claims that it can."""
    found = _CLAIMING.match(query)
    return found[1].rstrip(" ?.!") if found and not premise.is_own(query) else ""


def well_spelt(query: str, embedder: Embedder, index: Lexical) -> str:
    """A query with its slips of the finger put right.

    A word that the model holds whole is no slip, though the library may not use it, and a name may be anything:
    putting "snapchat" right gives a snapshot.
    """
    names = {name for match in _SUBJECT.finditer(query) for name in match.groups() if name}
    query = _WORDS.sub(lambda match: _american(match[0], index), query)
    return index.corrected(query, is_word=lambda word: word in names or embedder.count_tokens(word) == 1)


def _american(word: str, index: Lexical) -> str:
    """A word that no text holds, as Americans spell it where some text holds that."""
    if index.holds(word):
        return word
    others = (british.sub(american, word) for british, american in _BRITISH)
    return next((other for other in others if other != word and index.holds(other)), word)


class Judge:
    """Judges one question.

    Args:
        generation: The one that is searched.
        embedder: Its model.
        searcher: Over both.
        known: The organisations of the library, `organisations.known`.
        entailment: Judges premises first, where there is one.
    """

    def __init__(
        self,
        generation: Generation,
        embedder: Embedder,
        searcher: HybridSearcher,
        known: Collection[str],
        entailment: Entailment | None = None,
    ) -> None:
        self._generation = generation
        self._index: Lexical = generation.lexical
        self._embedder = embedder
        self._searcher = searcher
        self._known = known
        self._entailment = entailment
        self._directions = directions(embedder)

    def judge(self, asked: Question, hits: Sequence[Hit], vector: Vectors) -> Sufficiency:
        """Weigh the hits of a question.

        Args:
            asked: Its query as it was searched for, misspelt words put right.
            hits: The best for that query, best first.
            vector: Of the query.
        """
        whose = self._whose(asked.query)
        near = self._near(hits, vector)
        signs = self._signs(asked, hits, vector, whose, near)
        fitted, _ = models()
        chance = fitted.chance(signs)
        meant = log_odds(self._directions.meant, vector - near[0].vector) if near else 0.0
        claimed = premise.signs(asked.query, hits, near, vector, self._index.idf, meant=meant)
        return Sufficiency(
            signs,
            chance,
            chance >= fitted.enough,
            self._missing(asked.query, hits),
            vector,
            whose.foreign,
            whose.rivals,
            claimed,
            self._is_borne_out(asked.query, claimed, near),
            tuple(near[:_TOP]),
            _refuting(asked, near, vector),
        )

    def _is_borne_out(self, query: str, claimed: Premise | None, near: Sequence[Candidate]) -> bool:
        if claimed is None:
            return True
        claim, quotes = premise.claim(query), [one.evidence.quote for one in near[:_BEST_SENTENCES]]
        if self._entailment and entail.is_entailed(claim, quotes, self._entailment):
            return True
        if self._entailment and entail.is_contradicted(claim, quotes, self._entailment):
            return False
        _, fitted = models()
        return fitted.chance(claimed) >= fitted.enough

    def _missing(self, query: str, hits: Sequence[Hit]) -> tuple[str, ...]:
        held = {term for hit in hits[:_TOP] for term in lexical.terms(hit.chunk.indexed_text)}
        words = reversed(_words(query).items())
        telling = [(term, word) for term, word in words if self._index.idf(term) > _TELLING]
        telling.sort(key=lambda one: -self._index.idf(one[0]))  # a name that stands nowhere says more than "train"
        return tuple(word for term, word in telling if not self._is_held(word, term, held))

    def _signs(
        self, asked: Question, hits: Sequence[Hit], vector: Vectors, whose: _Whose, near: Sequence[Candidate]
    ) -> Signs:
        words = _words(asked.query)
        weights = {term: weight for term in words if (weight := self._index.idf(term)) > _TELLING}
        texts = [lexical.terms(hit.chunk.indexed_text) for hit in hits[:_TOP]]
        held = [set(text) for text in texts]
        strange = self._strange(words)
        nearness = [float(one.vector @ vector) for one in near[:_BEST_SENTENCES]] or [0.0]
        return Signs(
            sentence=nearness[0],
            sentences=sum(nearness) / len(nearness),
            standing=hits[0].score if hits else 0.0,
            document=self._document(hits, vector),
            elsewhere=float(np.max(elsewhere(self._embedder) @ vector)),
            covered=max((self._covered(words, weights, terms) for terms in held), default=0.0),
            length=min(len(weights), _MOST_WORDS) / _MOST_WORDS,
            strange=min(len(strange), _MOST_STRANGE) / _MOST_STRANGE,
            strange_share=min(1.0, len(strange) / max(len(weights), 1)),
            subject=float(self._lacks_subject(asked.query, set().union(*held))),
            misplaced=whose.misplaced,
            far=whose.far,
            foreign=float(bool(whose.foreign)),
            untold=float(_is_untold(asked.query, self._on_subject(weights, near))),
            apart=_apart(asked.query, texts),
            agreed=sum(map(_is_agreed, hits[:_AGREED])) / _AGREED,
            ours=ours(self._directions.ours, vector, nearness[0]),
            design=float(asked.kind is QuestionKind.DESIGN),
            learnable=float(asked.kind is QuestionKind.DESIGN and bool(_LEARNABLE.search(asked.query))),
        )

    def _on_subject(self, weights: Mapping[str, float], near: Sequence[Candidate]) -> list[str]:
        """The nearest sentences that hold the rarest word of a question, of those words that any of them holds."""
        read = [(one.evidence.quote, set(lexical.terms(one.in_place))) for one in near[:_READ]]
        shared = [term for term in weights if any(term in held for _, held in read)]
        rarest = max(shared, key=lambda term: weights[term], default="")
        return [quote for quote, held in read if not rarest or rarest in held]

    def _near(self, hits: Sequence[Hit], vector: Vectors) -> list[Candidate]:
        found = gather(self._generation, hits[:_PASSAGES], aims=[(vector, 1.0)])
        return sorted(found, key=lambda one: -float(one.vector @ vector))

    def _document(self, hits: Sequence[Hit], vector: Vectors) -> float:
        rows = [self._generation.rows(id)[0] for id in {hit.document.id for hit in hits[:_PASSAGES]}]
        return float(self._generation.context.scores(vector, np.array(rows)).max()) if rows else 0.0

    def _covered(self, words: Mapping[str, str], weights: Mapping[str, float], held: Collection[str]) -> float:
        there = sum(weight for term, weight in weights.items() if self._is_held(words[term], term, held))
        return there / (sum(weights.values()) or 1.0)

    def _is_held(self, word: str, term: str, held: Collection[str]) -> bool:
        """Whether passages hold a word or what it is short for."""
        if term in held:
            return True
        meant = lexical.terms(" ".join(self._index.spelled_out(word)))
        return bool(meant) and all(one in held for one in meant)

    def _strange(self, words: Mapping[str, str]) -> list[str]:
        unheard = self._index.idf("")  # the weight of a term in no text
        return [word for term, word in words.items() if not word.isdigit() and self._index.idf(term) >= unheard]

    def _lacks_subject(self, query: str, held: Collection[str]) -> bool:
        names = {name for match in _SUBJECT.finditer(query) if (name := next(filter(None, match.groups())))}
        return any(not self._is_there(name, held) and self._is_a_name(name, query) for name in names)

    def _is_a_name(self, word: str, query: str) -> bool:
        """Whether a question or the library writes a word as a name, or the library has never heard of it."""
        if word[0].isupper() and word in query.split()[1:] and not query.istitle():
            return True
        hits = self._searcher.holding(word)
        return not hits or organisations.is_name(word, [hit.chunk.text for hit in hits])

    def _is_there(self, name: str, held: Collection[str]) -> bool:
        if name.lower() in _ASKING or lexical.is_function_word(name) or organisations.named(name, self._known):
            return True
        if name.isupper() and len(name) <= _ABBREVIATION:
            return True
        return all(self._is_held(name, term, held) for term in lexical.terms(name) if len(term) > 1)

    def _whose(self, query: str) -> _Whose:
        """By how much others answer better than those that are asked about, once the question names neither."""
        asked_of = organisations.named(query, self._known)
        bare = organisations.without(query, asked_of)
        if not asked_of or not _words(bare):
            return _Whose()
        foreign = self._foreign(bare, asked_of)
        vector = self._embedder.encode_query([bare])[0]
        found = self._searcher.search_vector(bare, vector, k=_DEPTH)
        own = [hit for name in asked_of for hit in organisations.about(found, name)]
        of_own = {hit.chunk.id for hit in own}
        others = [hit for hit in found if hit.document.organisations and hit.chunk.id not in of_own]
        gain = max(0.0, _best(others) - _best(own))
        further = max(0.0, self._nearest(others, vector) - self._nearest(own, vector))
        rivals = [hit for _, hits in foreign for hit in hits] or (others if max(gain, further) > _CLEARLY else [])
        return _Whose(gain, further, tuple(word for word, _ in foreign), tuple(rivals))

    def _foreign(self, bare: str, asked_of: Sequence[str]) -> list[tuple[str, list[Hit]]]:
        """Names that no passage about the organisations asked about holds, each with the passages that do."""
        words = dict.fromkeys(match[0] for match in _WORDS.finditer(bare))
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
        near = self._near(hits, vector)
        return float(near[0].vector @ vector) if near else 0.0


def _refuting(asked: Question, near: Sequence[Candidate], vector: Vectors) -> tuple[Candidate, ...]:
    claim = _claimed(asked.query)
    close = [one for one in near[:_REFUTING] if float(one.vector @ vector) >= _REFUTING_NEAR]
    return tuple(one for one in close if claim and direct.is_refuted(claim, one.evidence.quote))


def _apart(query: str, texts: Sequence[Sequence[str]]) -> float:
    """The share of neighbouring telling words of a query that no text holds together; 0 where there are none."""
    telling = _words(query)
    words = [next((term for term in lexical.terms(word) if term in telling), "") for word in _WORDS.findall(query)]
    pairs = [(left, right) for left, right in pairwise(words) if left and right]
    lost = sum(not any(_is_beside(left, right, text) for text in texts) for left, right in pairs)
    return lost / len(pairs) if pairs else 0.0


def _is_beside(left: str, right: str, text: Sequence[str]) -> bool:
    places = [place for place, term in enumerate(text) if term == right]
    return any(abs(place - at) <= _BESIDE for at, term in enumerate(text) if term == left for place in places)


def _is_agreed(hit: Hit) -> bool:
    found = hit.trace.methods.values()
    return len(found) > 1 and all(one.rank <= _AGREED for one in found)


def telling(query: str, index: Lexical) -> dict[str, float]:
    """The terms of a query that tell something in this library, with their idf."""
    return {term: weight for term in _words(query) if (weight := index.idf(term)) > _TELLING}


def _words(query: str) -> dict[str, str]:
    """The telling words of a query, by their term; those that ask and those that only fill are none."""
    words = [word for word in _WORDS.findall(_FILLING.sub(" ", query)) if word.lower() not in _ASKING]
    telling = [word for word in words if not lexical.is_function_word(word)]
    return {term: word for word in reversed(telling) for term in lexical.terms(word)}


def _best(hits: Sequence[Hit]) -> float:
    return max((hit.score for hit in hits), default=0.0)


def _is_untold(query: str, nearest: Sequence[str]) -> bool:
    """Whether a question wants a date, a price or the like that the nearest sentences do not tell."""
    text = " ".join(nearest)
    return any(asked.search(query) and not held.search(text) for asked, held in _WANTED)
