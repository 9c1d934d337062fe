"""Whose system a question is about: what one company did is no answer to a question about another."""

import re
from collections.abc import Collection, Iterable, Sequence

from index.types import DocumentInfo, Hit

# One company under several names; the first is the one that is shown.
_SAME = (("Meta", "Facebook", "FB"), ("Google", "Alphabet"), ("AWS", "Amazon"), ("Twitter", "X Corp"))


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
        if (match := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))
    }
    return tuple(dict.fromkeys(_first_name(found[place]) for place in sorted(found)))


def about(hits: Sequence[Hit], organisation: str) -> list[Hit]:
    """The hits that an organisation's own documents hold, or that mention it."""
    names = {name for names in _SAME if organisation in names for name in names} | {organisation}
    return [hit for hit in hits if names & set(hit.document.organisations) or named(hit.chunk.indexed_text, names)]


def _first_name(name: str) -> str:
    return next((names[0] for names in _SAME if name in names), name)
