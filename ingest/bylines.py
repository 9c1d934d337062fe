"""The authors that a page names in its text: "Posted by Ada Berg and Bo Lind, Research Scientists".

For pages whose head names none. A name is two to four words with capitals; what follows a name behind a comma is a
role or a place of work as soon as one piece is no name, and a line with a verb is a sentence and no byline.
"""

import re

_OPENS = re.compile(
    r"^(?P<posted>(?:cross-?)?posted|guest post|written|published|contributed|story|words|text)?\s*+\bby\b:?\s*+"
    r"(?P<names>.*)$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\s[|·•–—/]\s|\s-\s|\s(?:on|at|for|in|of|from)\s|\d|\(|(?<=[a-z]{2})\.\s|\n")
_BETWEEN = re.compile(r",?\s(?:and|&|with)\s|,\s?|;\s?|\s&\s?", re.IGNORECASE)
_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|al|bin|ibn|ten|ter|zu)\s|d['’]|O['’])"
_PIECE = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’.-]*+"
_NAME = re.compile(rf"{_PIECE}(?:\s{_PARTICLE}{{0,2}}{_PIECE}){{1,3}}")
_ROLE = re.compile(
    r"\b(?:engineer(?:ing)?|scientist|researcher|research|manager|director|president|officer|head|lead(?:er)?|senior|staff"
    r"|principal|intern|fellow|professor|student|editor|reporter|writer|correspondent|contributor|author|analyst|architect"
    r"|developer|designer|founder|advocate|specialist|team|group|labs?|university|institute|google|inc|software|product"
    r"|machine|learning|data|technical|program|chief|vice|associate|assistant|department|press|news|desk|media)s?\b",
    re.IGNORECASE,
)
_LONGEST = 240  # characters of a byline with its roles
_PLAIN = 120  # of one that begins with nothing but "by"


def names(line: str) -> tuple[str, ...]:
    """The people whom a line names as authors, in its order; none where it is no byline."""
    found = _OPENS.match(line.strip())
    if found is None or len(line) > (_LONGEST if found["posted"] else _PLAIN):
        return ()
    people: list[str] = []
    for piece in _BETWEEN.split(_ENDS.split(found["names"], maxsplit=1)[0]):
        name = piece.strip(" .")
        if not _NAME.fullmatch(name) or _ROLE.search(name):
            break
        people.append(name)
    return tuple(people)
