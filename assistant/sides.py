"""What a question sets side by side, and which of it a sentence names.

Read from the wording alone: "A or B", "A vs B", "A instead of B", "is A enough or do I need B", "when does A beat
B", "the difference between A and B". A name is what is left without the words of asking before it and the
circumstances after it.

A sentence names an option that it mentions in any inflection, or by the initials of its words. Where options share a
word ("random search, grid search"), it is enough that the sentence holds what is the option's own, if the titles over
it hold the rest. A label of a table says less: "Second price" under "Auctions" is the second-price auction.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from index import lexical
from index.engine import Lexical

_MOST = 4  # options
_LONGEST = 5  # words of a name
_HEAVY = 0.7  # share of a long name's weight that names it, its heaviest word among it
_LONG = 3  # words from which a name is long
_RARE = 3.0  # idf from which a word alone may stand for its option where titles hold the rest
_INITIALS = 3  # words from which a name may be given by its initials
_BETWEEN = 2  # other words among those of a name
_LABEL = 3  # words up to which a text only names
_SHORT = 3  # letters of a stem that is no beginning of another
_MOSTLY = 0.5  # share of a name's weight above which a label that holds nothing else names it

_LEAD = re.compile(
    r"^\W*(?:what(?:['’]s)?|which|should|would|could|shall|can|do|does|did|is|are|am|was|were|will|why|when|where|how"
    r"|if|whether|i|we|you|they|one|it|to|just|only|simply|plain|better|best|so|then|still|a|an|the|our|my|your|some"
    r"|(?:lose|gain|miss|give up|get|win) (?:with|by|from|through)"
    r"|rather|ever|even|actually|really|compare"
    r"|use|used|using|uses|pick|choose|choosing|picking|prefer|take|try|start with"
    r"|go (?:with|for)|stick (?:with|to)|rely on|need|needs|have to|want|keep|difference between|has|have|get|getting"
    r"|differences? (?:of|in)|trade-?offs? between|train(?:ing)? (?:on|with)|worth|there)\b"
    r"(?![-/.])",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r" (?:for|in|on|when|if|at|with|as|to|because|since|while|after|before|during|without|worth|per|by"
    r"|from(?! scratch\b)|that|which|so|[-–—])(?: .*)?$|[?.!,:;].*$"
    r"| (?:(?:is |are )?(?:much |far |any )?(?:more|less|most|better|best|cheaper|faster|safer|easier|fine|enough"
    r"|sufficient|ok|okay|good|preferable|important|worth|necessary|overkill|alone|altogether|either|too|as well)"
    r"|first|next|now|instead|here|today|really|actually|at all|anyway|already|do|does)\b(?!-).*$",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(r" of .*$")  # after a name that is too long with it
_SENTENCE = re.compile(r"(?<=[.?!;])(?<!vs\.)\s+", re.IGNORECASE)
_ASIDE = re.compile(
    r"^\W*(?:for|in|on|when|if|at|with|as|to|given|since|i|we|my|our|there|hi|hello|hey|ok(?:ay)?|please|say|suppose)\b",
    re.IGNORECASE,
)
_BEFORE_A_PAIR = re.compile(
    r"\b(?:between|comparing|compare|comparison (?:of|between)|pros and cons of|trade-?offs? of|differences? (?:of|in))"
    r"\s",
    re.IGNORECASE,
)
_IN_A_PAIR = re.compile(r",? (?:and|with|to|or|from|vs\.?|versus|against) ", re.IGNORECASE)
_DIFFERING = re.compile(
    r"^\W*(?:(?:so|and|but) )?(?:how|in what way|where|why) (?:do|does|did|are|is)\s"
    r"(?=.{3,90}\b(?:differ|compare|different)\b)",
    re.IGNORECASE,
)
_DIFFERS = re.compile(
    r" (?:(?:differs?|different|differed) from|(?:compares?|compared|stacks? up|holds? up) (?:to|with|against)"
    r"|(?:differ|compare|different)\b)",
    re.IGNORECASE,
)
_OVER = re.compile(
    r",? (?:instead of|rather than|as opposed to|in place of|preferable to|superior to|compared (?:to|with)"
    r"|(?:better|worse|cheaper|faster|safer|easier) than|beats?|beating|outperforms?|replaces?"
    r"|wins? (?:over|against)|over) ",
    re.IGNORECASE,
)
_PREFERRED = re.compile(r"\b(?:prefer(?:red)?|choose|pick|favou?r|chosen|win|worth)\b", re.IGNORECASE)
_EXCHANGED = re.compile(
    r"\b(?:replac(?:e|ing) (?P<first>.{2,60}?) (?:with|by)"
    r"|(?:switch|switching|move|moving|migrate|migrating|go|going|change) from (?P<second>.{2,60}?) to) ",
    re.IGNORECASE,
)
_ON_TOP = re.compile(r" (?:on top of|in addition to|if (?:i|we) already have) ", re.IGNORECASE)
_OR = re.compile(r" ?(?:\bvs\.?(?= )|\bversus\b|\bor\b) ?", re.IGNORECASE)
_OTHERWISE = re.compile(
    r"^\W*(?:(?:so|and|but|ok(?:ay)?)[ ,]+)?(?:how|why|who|whose|whom|where|what|when|which)\b"
    r"(?! (?:to|do i|do we|should i|should we) (?:choose|decide|pick|use)\b)"
    r"(?! (?:one )?(?:(?:of|works?|wins?|fits?|suits?|scales?)\b|(?:is|are|would be|(?:should|do) (?:i|we)|would you)"
    r" (?:the )?(?:better|best|right|cheaper|faster|safer|easier|use|pick|choose|prefer|take|more|less)\b))"
    r"|\b(?:more|less|one|two|few|day|not|so|whether) or\b",
    re.IGNORECASE,
)
# "Is A or B a regularizer" asks what holds of both.
_IS = re.compile(r"^\W*(?:is|are|was|were)\b", re.IGNORECASE)
_PREDICATE = re.compile(r" (?:an?|the same|both) ", re.IGNORECASE)
_OF_SOMETHING = re.compile(
    r"^\W*(?:can|could|do|does|did|is|are|was|were|will|has|have)\b.* (?:for|in|on|with|to|of|at|from|by) ",
    re.IGNORECASE,
)
_VERSUS = re.compile(r"\b(?:vs\.?(?= )|versus\b)", re.IGNORECASE)
_CLAUSE = re.compile(r"^\W*(?:do|does|should|would|must|is|are|can|will)\b", re.IGNORECASE)
_BY = re.compile(r"^(?:by|on|with|from|in|at|for) (?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_NONE = re.compile(
    r"^(?:both|neither|none|not|nothing|no|either|(?:some|any)(?:thing|body|one)(?: else)?|else|others?|what|why)$",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"^[A-Z]{2,4}$")
_HYPHENATED = re.compile(r"\b[^\W_]++(?:-[^\W_]++)++")

_JOINING = frozenset(["plus", "and", "style", "based", "like", "type", "kind", "approach", "method"])


@dataclass(frozen=True, slots=True)
class Side:
    """One of what is compared.

    Attributes:
        name: As it was typed, without what was asked around it.
        words: The stems of its words, as far as the library holds them; all where it holds none.
        own: Those of them that no other side has.
        weights: Of the words: their idf.
        unknown: Words of the name, as typed, that the library does not hold.
        letters: Those of the stems that are typed as abbreviations.
        held: Those of them that the library holds.
        meant: Other names, each as its stems.
    """

    name: str
    words: tuple[str, ...]
    own: tuple[str, ...]
    weights: Mapping[str, float]
    unknown: tuple[str, ...] = ()
    letters: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    meant: tuple[tuple[str, ...], ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the library holds a word of its name."""
        return not set(self.words) <= {next(iter(lexical.terms(word)), word) for word in self.unknown}

    def is_named(self, sentence: str, *, above: str = "") -> bool:
        """Whether a sentence names it, under the titles above it."""
        said = lexical.terms(sentence)
        held = [word for word in self.words if self._is_held(word, sentence, said)]
        is_whole = bool(self.words) and len(held) == len(self.words)
        if is_whole and (self.letters or self._are_together(sentence, said)):
            return True
        if any(_is_said(other, said) for other in self.meant):
            return True
        initials = "".join(word[0] for word in self.words)
        if len(self.words) >= _INITIALS and any(word in (initials, f"{initials}s") for word in said):
            return True
        over = lexical.terms(above)
        if len(said) <= _LABEL and self._by_its_label(held, said, over):
            return True
        by_part = not is_whole and self._by_its_own(held, over)
        return by_part or self._by_its_compound(sentence, [*said, *over])

    def _are_together(self, sentence: str, said: Sequence[str]) -> bool:
        """Whether all words stand close together: "filtering … when interactions per item" is no item filtering."""
        room = len(self.words) + _BETWEEN
        windows = (said[at : at + room] for at in range(max(1, len(said) - len(self.words) + 1)))
        return any(all(self._is_held(word, sentence, near) for word in self.words) for near in windows)

    def _by_its_label(self, held: Sequence[str], said: Sequence[str], over: Sequence[str]) -> bool:
        """Whether a label holds a word of the option's own and the rest stands over it, or it is most of the name."""
        if not any(word in held for word in self.own):
            return False
        if all(word in held or _holds(over, word) for word in self.words):
            return True
        share = sum(self.weights[word] for word in held) / (sum(self.weights.values()) or 1.0)
        return len(held) > 1 and share > _MOSTLY and all(any(_is_of(term, word) for word in held) for term in said)

    def _by_its_compound(self, sentence: str, around: Sequence[str]) -> bool:
        """Whether a sentence holds a hyphenated word of the option's own, "user-based", the rest with it or over it."""
        said = {word.lower() for word in _HYPHENATED.findall(sentence)}
        compounds = {word.lower() for word in _HYPHENATED.findall(self.name)} & said
        is_own = any(word in self.own for compound in compounds for word in lexical.terms(compound))
        return is_own and all(_holds(around, word) for word in self.words)

    def _by_its_own(self, held: Sequence[str], above: Sequence[str]) -> bool:
        """Whether a sentence holds what only this option is called by, and the rest stands over it."""
        if not any(word in held for word in self.own):
            return False
        rest = [word for word in self.words if word not in held]
        if all(word in held for word in self.own) and all(_holds(above, word) for word in rest):
            return any(self.weights[word] >= _RARE for word in self.own)
        heaviest = max(self.words, key=lambda word: self.weights[word])
        share = sum(self.weights[word] for word in held) / (sum(self.weights.values()) or 1.0)
        return len(self.words) >= _LONG and heaviest in held and share >= _HEAVY

    def _is_held(self, word: str, sentence: str, said: Sequence[str]) -> bool:
        """Whether a word of the name stands in a sentence; an abbreviation as such, or as initials: "Monte Carlo".

        Those of one that the library uses are initials of names alone: "detectors crop numbers" is no DCN.
        """
        if word not in self.letters:
            clipped = len(self.words) > 1 and len(word) == _SHORT  # "neural net"
            return _holds(said, word) or (clipped and any(stem.startswith(word) for stem in said))
        stands = {word, f"{word}s"} & set(_WORD.findall(sentence.lower()))
        if stands or word not in self.held:
            return bool(stands) or word in "".join(other[0] for other in said)
        return word in "".join(other[0] if other[0].isupper() else " " for other in _WORD.findall(sentence)).lower()


def sides(question: str, index: Lexical) -> tuple[Side, ...]:
    """What a question sets side by side, ready to be looked for; none where it compares nothing."""
    return of_names(options(question), index)


def of_names(names: Sequence[str], index: Lexical) -> tuple[Side, ...]:
    """Options by their names."""
    each = [_telling(name) for name in names]
    return tuple(
        _side(name, own, [word for other in (*each[:place], *each[place + 1 :]) for word in other], index)
        for place, (name, own) in enumerate(zip(names, each, strict=True))
    )


def _telling(name: str) -> dict[str, str]:
    """The stems of a name's words, each with the word as it was typed; words that only join others left out."""
    typed = {next(iter(lexical.terms(word)), word): word for word in _WORD.findall(name)}
    kept = {
        stem: word
        for stem, word in typed.items()
        if word.lower() not in _JOINING and not (lexical.is_function_word(word) and word.islower())
    }
    return kept or typed


def _side(name: str, typed: Mapping[str, str], others: Sequence[str], index: Lexical) -> Side:
    letters = frozenset(stem for stem, word in typed.items() if _CAPITALS.match(word))
    held = [stem for stem, word in typed.items() if index.holds(word.lower())]
    kept = tuple(stem for stem in typed if stem in held or stem in letters) if held else tuple(typed)
    return Side(
        name=name,
        words=kept,
        own=tuple(stem for stem in kept if not any(_is_of(other, stem) for other in others)),
        weights={stem: index.idf(stem) for stem in kept},
        unknown=tuple(word for stem, word in typed.items() if stem not in held),
        letters=letters if held else frozenset(),
        held=letters & frozenset(held),
        meant=(*(tuple(lexical.terms(long)) for long in index.spelled_out(name)), *_shortened(kept, index)),
    )


def _shortened(words: Sequence[str], index: Lexical) -> Iterator[tuple[str, ...]]:
    """A name with two or more of its words as the abbreviation that the library uses: "item CF"."""
    for first, last in combinations(range(len(words) + 1), 2):
        run = tuple(words[first:last])
        letters = "".join(word[0] for word in run)
        if len(run) > 1 and any(tuple(lexical.terms(long)) == run for long in index.spelled_out(letters)):
            yield (*words[:first], letters, *words[last:])


def without(question: str, unknown: Sequence[str]) -> str:
    """A question without some of its words, and without what joined them to the rest."""
    kept = question
    for word in unknown:
        own = re.escape(word) + r"(?:['’]s)?"
        joined = rf"(?:(?:,|\b(?:and|plus|or|vs\.?|versus|with)) )?(?<!\w){own}(?!\w)"
        kept = re.sub(joined, "", kept, flags=re.IGNORECASE)
    return " ".join(kept.split()) or question


def are_left(among: Sequence[Side], *, without: Sequence[str]) -> bool:
    """Whether something is compared when some words, unknown to the library, are left out: they belong to the options.

    Where no option can be read from the question, they may.
    """
    theirs = {word.lower() for side in among for word in side.unknown}
    belong = all(word.lower() in theirs for word in without)
    return not among or (belong and any(side.is_known for side in among))


def named(among: Sequence[Side], sentence: str, *, above: str = "") -> frozenset[int]:
    """The places of the sides that a sentence names, under the titles over it."""
    return frozenset(place for place, side in enumerate(among) if side.is_named(sentence, above=above))


def options(question: str) -> tuple[str, ...]:
    """What a question sets side by side; fewer than two where it does not say."""
    for sentence in _SENTENCE.split(" ".join(question.split())):
        for read in _WAYS:
            kept = _kept(read(sentence))
            if len(kept) > 1:
                return kept[:_MOST]
    return ()


def _kept(parts: Sequence[str]) -> tuple[str, ...]:
    """The names in parts of a sentence, each once."""
    if len(parts) < 2:
        return ()
    names = _with_its_noun([*(_bare(one) for part in parts[:-1] for one in _listed(part)), _bare(parts[-1])])
    return tuple(dict.fromkeys(name for name in names if 0 < len(name.split()) <= _LONGEST and not _NONE.match(name)))


def _with_its_noun(names: Sequence[str]) -> list[str]:
    """Names of which the last has the noun of all: "item-based or user-based filtering"."""
    *before, last = names
    compound, _, noun = last.partition(" ")
    ending = compound.lower().rpartition("-")[2] if _HYPHENATED.fullmatch(compound) else ""
    if not ending or not noun:
        return [*names]

    def lacks_it(name: str) -> bool:
        return _HYPHENATED.fullmatch(name) is not None and name.lower().endswith(f"-{ending}")

    return [*(f"{name} {noun}" if lacks_it(name) else name for name in before), last]


def _paired(sentence: str) -> Sequence[str]:
    """The two of "between A and B"."""
    before = _BEFORE_A_PAIR.search(sentence)
    return _IN_A_PAIR.split(sentence[before.end() :], maxsplit=1) if before else ()


def _differing(sentence: str) -> Sequence[str]:
    """The two of "how does A differ from B" and of "how do A and B differ"."""
    if not (asked := _DIFFERING.search(sentence)) or not (verb := _DIFFERS.search(sentence, asked.end())):
        return ()
    subject, rest = sentence[asked.end() : verb.start()], sentence[verb.end() :].strip()
    if verb[0].split()[-1].lower() in ("from", "to", "with", "against"):
        return subject, rest
    return re.split(r" and |, ", subject)


def _exchanged(sentence: str) -> Sequence[str]:
    """The two of "replace A with B"."""
    if not (found := _EXCHANGED.search(sentence)):
        return ()
    return found["first"] or found["second"], sentence[found.end() :]


def _rather(sentence: str) -> Sequence[str]:
    """The two of "A rather than B", "A beats B", "pick A over B", "A on top of B"."""
    if added := _ON_TOP.search(sentence):
        return sentence[: added.start()], sentence[added.end() :]
    if not (found := _OVER.search(sentence)):
        return ()
    left, right = sentence[: found.start()], sentence[found.end() :]
    if found[0].strip().lower() == "over" and not _PREFERRED.search(left):
        return ()
    return left, right


def _either(sentence: str) -> Sequence[str]:
    """The items of "A, B or C" and of "A vs B"; of "train on A or on B" what stands after the word that both have.

    None where the items are no answers: in "how do I handle A or B", and of "can I use it for A or B".
    """
    parts = _OR.split(sentence)
    is_of_both = _IS.search(sentence) and _PREDICATE.search(parts[-1])
    if is_of_both or (_OTHERWISE.search(sentence) and not _VERSUS.search(sentence)):
        return ()
    if _OF_SOMETHING.search(parts[0]) and not _CLAUSE.search(parts[-1]) and not _BY.match(parts[-1]):
        return ()
    if len(parts) == 2 and (by := _BY.match(parts[1])):
        _, found, after = parts[0].rpartition(f" {by[0]}")
        if found:
            return after, parts[1][by.end() :]
    return parts


_WAYS: tuple[Callable[[str], Sequence[str]], ...] = (_paired, _differing, _exchanged, _either, _rather)


def _listed(part: str) -> list[str]:
    """The items of "quantization, distillation", without one that only says for what or of whom."""
    items = part.split(", ")
    return [item for item in items if not _ASIDE.match(_without_asking(item))] if len(items) > 1 else items


def _bare(part: str) -> str:
    """An option without the words of asking before it and the circumstances after it."""
    text = _TAIL.sub("", _without_asking(part))
    if len(text.split()) > _LONGEST:
        text = _OF_WHAT.sub("", text)
    return text.strip("\"'“”‘’ ?.!,;:")


def _without_asking(part: str) -> str:
    """A part without the words of asking before it."""
    text = part.strip()
    while (shorter := _LEAD.sub("", text).strip()) != text:
        text = shorter
    return text


def _is_said(name: Sequence[str], said: Sequence[str]) -> bool:
    """Whether words name it: all of them, of four and more all but one."""
    missing = sum(not _holds(said, word) for word in name)
    return missing <= (1 if len(name) > _LONG else 0)


def _holds(said: Sequence[str], wanted: str) -> bool:
    return any(_is_of(word, wanted) for word in said)


def _is_of(stem: str, wanted: str) -> bool:
    """Whether a stem is another, or goes on from it as "normal" does from "norm"; a short one is itself alone."""
    if len(wanted) <= _SHORT:
        return stem == wanted
    return stem.startswith(wanted) or (len(stem) > _SHORT and stem == wanted[:-1])
