"""Whose system a question is about: what one company did is no answer to a question about another."""

import re
from collections.abc import Collection, Iterable, Sequence

from index.types import DocumentInfo, Hit

# One company under several names; the first is the one that is shown.
_SAME = (("Meta", "Facebook", "FB"), ("Google", "Alphabet"), ("AWS", "Amazon"), ("Twitter", "X Corp"))

_MOSTLY = 0.8
_END = r"(?!\w)(?!-(?:style|like|type|esque)\b| style\b)"  # of a name: an "Amazon-style search" is not Amazon's


def known(infos: Iterable[DocumentInfo]) -> set[str]:
    """Every organisation that the library has documents of, with its other names."""
    return with_other_names({name for info in infos for name in info.organisations})


def with_other_names(held: Collection[str]) -> set[str]:
    """Organisations, each with its other names."""
    return set(held) | {name for names in _SAME for name in names if set(held) & set(names)}


def named(text: str, organisations: Iterable[str]) -> tuple[str, ...]:
    """The organisations that a text names, in the order of their mention, each by one name.

    Args:
        text: A question or a passage; case does not matter.
        organisations: The names to look for.
    """
    found = {
        match.start(): name
        for name in organisations
        if (match := re.search(rf"(?<!\w){re.escape(name)}{_END}", text, re.IGNORECASE))
    }
    return tuple(dict.fromkeys(_first_name(found[place]) for place in sorted(found)))


def as_typed(text: str, organisation: str) -> str:
    """The name under which a text mentions an organisation; its first name where it does not."""
    names = sorted(_all_names(organisation), key=len, reverse=True)
    return next(
        (one for one in names if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE)), organisation
    )


def without(text: str, organisations: Iterable[str]) -> str:
    """A text that no longer names organisations, under none of their names."""
    for name in organisations:
        for one in sorted(_all_names(name), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(one)}(?:['’]s?)?(?!\w)", " ", text, flags=re.IGNORECASE)
    return " ".join(text.split())


def about(hits: Sequence[Hit], organisation: str) -> list[Hit]:
    """The hits that an organisation's own documents hold, or that mention it."""
    names = _all_names(organisation)
    return [hit for hit in hits if names & set(hit.document.organisations) or named(hit.chunk.indexed_text, names)]


def is_name(word: str, texts: Iterable[str]) -> bool:
    """Whether texts write a word as a name: with a capital also where no sentence begins, nearly always."""
    seen = [match[0] for text in texts for match in re.finditer(rf"(?<=[\w,;(“] ){re.escape(word)}\b", text, re.I)]
    return bool(seen) and sum(not one.islower() for one in seen) >= _MOSTLY * len(seen)


def _all_names(organisation: str) -> set[str]:
    return {name for names in _SAME if organisation in names for name in names} | {organisation}


def _first_name(name: str) -> str:
    return next((names[0] for names in _SAME if name in names), name)
