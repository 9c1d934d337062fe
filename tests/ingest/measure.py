"""How well the article of a page is found: F1 over shingles of words, ours beside trafilatura's own.

Run `python -m tests.ingest.measure` for a table, a line a page. A shingle is three words in a row (characters, where
a script is written without spaces), so text in the wrong order costs too. Precision falls by what is kept and is
no article, recall by what is lost.
"""

import re
from collections import Counter
from dataclasses import dataclass

from ingest import html
from ingest.structure import assemble
from ingest.types import BlockKind
from tests.ingest.pages import Page, bare, pages, reference

_SIZE = 3
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")
_URL = "https://larkfield.example/page"


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of shingles, each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where nothing is shared."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score(text: str, wanted: str) -> Score:
    """Measure a text against the one that is wanted."""
    have, want = _shingles(text), _shingles(wanted)
    shared = sum((have & want).values())
    return Score(shared / max(sum(have.values()), 1), shared / max(sum(want.values()), 1))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _TOKEN.findall(text.casefold())
    return Counter(tuple(words[start : start + _SIZE]) for start in range(max(len(words) - _SIZE + 1, 1)))


def ours(page: Page) -> tuple[str, dict[BlockKind, list[str]]]:
    """What we extract of a page: its text, and its blocks by kind."""
    text, blocks = assemble(html.read(bare(page.markup).encode(), url=_URL).parts)
    found: dict[BlockKind, list[str]] = {}
    for block in blocks:
        found.setdefault(block.kind, []).append(text[block.start : block.end])
    return text, found


def theirs(page: Page) -> str:
    """What trafilatura extracts of it, as we call it, alone."""
    from trafilatura import extract

    return extract(bare(page.markup), url=_URL, include_comments=False, include_tables=True) or ""


def main() -> None:
    """Print the table."""
    totals: list[tuple[float, float]] = []
    for page in pages():
        wanted = reference(page.markup)
        text, found = ours(page)
        mine, other = score(text, wanted), score(theirs(page), wanted)
        totals.append((mine.f1, other.f1))
        lost = [head for head in page.headings if head not in found.get(BlockKind.HEADING, [])]
        lost += [code.split("\n")[0] for code in page.code if code not in found.get(BlockKind.CODE, [])]
        line = f"{page.name:18} ours {mine.f1:.3f} (p {mine.precision:.2f} r {mine.recall:.2f})  theirs {other.f1:.3f}"
        print(line, *(f"lost {one!r}" for one in lost))  # noqa: T201 - a table for a developer's terminal
    means = [sum(column) / len(totals) for column in zip(*totals, strict=True)]
    print(f"{'mean':18} ours {means[0]:.3f}  theirs {means[1]:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
