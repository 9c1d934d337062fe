"""The words of a question that tell something: which the library holds, which stand together, which are its subject.

Words that ask, words that only fill and an asker's own circumstances (`circumstance`) are none of them: without the
lists below "explain" and "my" pass for rare, telling terms. A term is a word's stem as the index has it; weights are
its idf.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from assistant import circumstance, organisations
from index import lexical
from index.engine import Lexical
from index.search import HybridSearcher
from index.types import Embedder

LEAST = 1.0  # idf from which a word tells something; below it stand the words that half the library uses
_BESIDE = 3  # terms within which two words of a passage stand together
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
     "stuff", "lot", "lots", "many", "much", "else", "already", "suddenly", "currently", "recently",
     "lately", "terrible", "terribly", "awful", "crazy", "weird", "seem", "seems", "insists", "complain", "complains",
     "noticed", "whenever"}
)  # fmt: skip
# Phrases of the same sort: a kind, a sort and going say something elsewhere ("merge sort", "the Go client").
_FILLING = re.compile(
    r"\b(?:(?:kind|sort|type)s? of|go(?:es|ing)? (?:about|for|with|wrong)|get(?:ting)? started|how come|at all"
    r"|in (?:practice|general|particular|fact|short|detail|simple terms)"
    r"|of course|so far|by the way|right (?:now|away)|these days|nowadays|today)\b",
    re.IGNORECASE,
)
WORDS = re.compile(r"\w+")
_SUBJECT = re.compile(r"\b(?:does|did|has)\s+([\w.-]*\w)|(?<![\w.-])(\w[\w.-]*+)['’]s\b|(?<=\s)([A-Z][\w.-]*\w)")
_ACTOR = re.compile(r"\b(?:does|did)\s+([\w.-]*\w)|(?<![\w.-])(\w[\w.-]*+)['’]s\b")
_BRITISH = ((re.compile("our"), "or"), (re.compile("is(?=e|i|ation)"), "iz"), (re.compile("ys(?=e)"), "yz"))


def well_spelt(query: str, embedder: Embedder, index: Lexical) -> str:
    """A query with its slips of the finger put right.

    A word that the model holds whole is no slip, though the library may not use it, and a name may be anything:
    putting "snapchat" right gives a snapshot.
    """
    names = {name for match in _SUBJECT.finditer(query) for name in match.groups() if name}
    query = WORDS.sub(lambda match: _american(match[0], index), query)
    return index.corrected(query, is_word=lambda word: word in names or embedder.count_tokens(word) == 1)


def _american(word: str, index: Lexical) -> str:
    """A word that no text holds, as Americans spell it where some text holds that."""
    if index.holds(word):
        return word
    others = (british.sub(american, word) for british, american in _BRITISH)
    return next((other for other in others if other != word and index.holds(other)), word)


def telling(query: str, index: Lexical) -> dict[str, float]:
    """The terms of a query that tell something in this library, with their idf."""
    return {term: weight for term in words(query) if (weight := index.idf(term)) > LEAST}


def words(query: str) -> dict[str, str]:
    """The telling words of a query, by their term; those that ask and those that only fill are none."""
    found = [
        word for word in WORDS.findall(_FILLING.sub(" ", circumstance.without(query))) if word.lower() not in _ASKING
    ]
    told = [word for word in found if not lexical.is_function_word(word)]
    return {term: word for word in reversed(told) for term in lexical.terms(word)}


def is_held(word: str, term: str, held: Collection[str], index: Lexical) -> bool:
    """Whether passages hold a word or what it is short for."""
    if term in held:
        return True
    meant = lexical.terms(" ".join(index.spelled_out(word)))
    return bool(meant) and all(one in held for one in meant)


def covered(words: Mapping[str, str], weights: Mapping[str, float], held: Collection[str], index: Lexical) -> float:
    """The share of the weight of a question's words that a passage holds, by its terms."""
    there = sum(weight for term, weight in weights.items() if is_held(words[term], term, held, index))
    return there / (sum(weights.values()) or 1.0)


def strange(words: Mapping[str, str], index: Lexical) -> list[str]:
    """The words that no text of the library holds."""
    unheard = index.idf("")  # the weight of a term in no text
    return [word for term, word in words.items() if not word.isdigit() and index.idf(term) >= unheard]


def rarest(words: Mapping[str, str], held: Collection[str], index: Lexical) -> tuple[float, float]:
    """How rare the rarest word is that passages hold, and the rarest that they lack; a word in no text is 1."""
    unheard = index.idf("")
    there = {term: is_held(word, term, held, index) for term, word in words.items()}
    found = (
        max((index.idf(term) for term, is_there in there.items() if is_there is side), default=0.0)
        for side in (True, False)
    )
    grip, lack = found
    return min(1.0, grip / unheard), min(1.0, lack / unheard)


def apart(query: str, texts: Sequence[Sequence[str]]) -> float:
    """The share of neighbouring telling words of a query that no text holds together; 0 where there are none."""
    told = words(query)
    terms = [next((term for term in lexical.terms(word) if term in told), "") for word in WORDS.findall(query)]
    pairs = [(left, right) for left, right in pairwise(terms) if left and right]
    lost = sum(not any(_is_beside(left, right, text) for text in texts) for left, right in pairs)
    return lost / len(pairs) if pairs else 0.0


def _is_beside(left: str, right: str, text: Sequence[str]) -> bool:
    places = [place for place, term in enumerate(text) if term == right]
    return any(abs(place - at) <= _BESIDE for at, term in enumerate(text) if term == left for place in places)


class Subjects:
    """Finds names that a question is about: after "does", before "'s", or with a capital.

    Args:
        searcher: Over the library.
        index: Its words.
        known: The organisations of the library.
    """

    def __init__(self, searcher: HybridSearcher, index: Lexical, known: Collection[str]) -> None:
        self._searcher = searcher
        self._index = index
        self._known = known

    def are_lacking(self, query: str, held: Collection[str]) -> bool:
        """Whether the terms of the best passages lack one."""
        return self._are_lacking(_SUBJECT, query, held)

    def is_actor_lacking(self, query: str, held: Collection[str]) -> bool:
        """Whether they lack one that does or has what is asked about: that stands after "does" or before "'s"."""
        return self._are_lacking(_ACTOR, query, held)

    def _are_lacking(self, pattern: re.Pattern[str], query: str, held: Collection[str]) -> bool:
        told = circumstance.without(query)
        names = {name for match in pattern.finditer(told) if (name := next(filter(None, match.groups())))}
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
        return all(is_held(name, term, held, self._index) for term in lexical.terms(name) if len(term) > 1)
