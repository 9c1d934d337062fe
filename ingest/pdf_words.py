"""What the letters of a PDF's lines say: lines joined, words whole again that a line's end cut.

pdfium writes a mark where it took a hyphen for one of the line's end; whether the word keeps it is told by how the
document spells the word elsewhere.
"""

import re
from collections import Counter
from collections.abc import Sequence

SOFT_HYPHENS = "\x02\ufffe\u00ad"
SENTENCE_END = ".!?:。！？："
_HYPHENED = re.compile(r"(?:well-\w+(?:ed|en|wn)|self-(?!ish|less)\w+)$", re.IGNORECASE)  # whatever else the text says
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")  # scripts without spaces between words


def has_words(text: str) -> bool:
    """Whether a text holds three letters or more."""
    return len(re.findall(r"[^\W\d_]", text)) >= 3


def squeezed(text: str) -> str:
    """A text without anything but letters and digits, in small letters, for comparing."""
    return re.sub(r"[\W_]+", "", text).casefold()


def joined(lines: Sequence[str], words: Counter[str] | None = None) -> str:
    """Lines to running text: words that were cut at a line's end are whole again.

    A mark may stand for a hyphen of the word's own ("user-facing"): it stays one where the document spells the word so
    elsewhere, and where the word goes on with another hyphen or a capital.
    """
    text = ""
    for line in lines:
        piece = line.strip()
        if not text:
            text = piece
            continue
        soft = text[-1] in SOFT_HYPHENS
        hard = re.search(r"[^\W\d_]-$", text) is not None and re.match(r"[^\W\d_A-Z]", piece) is not None
        if soft or hard:
            text = _mended(text[:-1], piece, words or Counter())
        else:
            close = (text[-1] == "-" and text[-2:-1].isalnum()) or (
                _UNSPACED.match(text[-1]) and _UNSPACED.match(piece)
            )
            text = f"{text}{piece}" if close else f"{text} {piece}"
    return re.sub(f"[{SOFT_HYPHENS}](?!$)", "-", text)


def _mended(text: str, piece: str, words: Counter[str]) -> str:
    left, right = re.search(r"(?<![^\W_])[^\W_]*+$", text), re.match(r"[^\W_]*", piece)
    first, second = (left.group() if left else ""), (right.group() if right else "")
    hyphened, joined = words[f"{first}-{second}".lower()], words[(first + second).lower()]
    chained = text[: len(text) - len(first)].endswith("-") or piece[len(second) :].startswith("-")
    told = chained and max(words[first.lower()], words[second.lower()]) > 0  # "learning-to-rank", not "k-dimen-sional"
    named = second[:1].isupper() and not first.isupper()  # "Cross-" before "Entropy"
    known = min(len(first), len(second)) > 3 and min(words[first.lower()], words[second.lower()]) > 1
    usual = _HYPHENED.match(f"{first}-{second}") is not None
    keep = hyphened > joined or (not joined and (told or named or known or usual))
    return f"{text}-{piece}" if keep else text + piece
