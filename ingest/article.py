"""Which blocks of a page are its article.

trafilatura (Barbaresi, ACL 2021) chooses. Each block carries a mark of two letters of a script that no page here is
written in, and the marks that come back tell exactly which blocks were kept. What calls itself comments or the like
goes; where next to nothing was chosen, everything stays that nothing speaks against; what was left out of the article
comes back (`ingest.left_out`).
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ingest import address
from ingest.blocks import LINK_HEAVY, Block, is_free, is_linked_head, is_menu, is_prose, is_teaser
from ingest.left_out import (
    with_closing_list,
    with_gaps_filled,
    with_inner,
    with_lead,
    with_likes,
    with_structure,
    with_title,
    without_openers,
    without_scraps,
)
from ingest.structure import Part

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_SCRIPTS = (0xA000, 0xA500)  # Yi syllables and Vai: letters, so they survive cleaning; 1,165 and 269 of them
_BASE = 250
_MARKER = re.compile("[{}-{}][{}-{}]".format(*(chr(start + end) for start in _SCRIPTS for end in (0, _BASE))))
_BESIDE_SHARE = 0.3  # of the text that was chosen: more is no side matter, whatever its class says
_DISCUSSION = 1_000  # characters
_SCRAP, _WHOLE = 250, 2_500  # characters of prose


def parts_of(soup: "BeautifulSoup", blocks: Sequence[Block], *, url: str, title: str) -> Iterator[Part]:
    """The parts of a page's article in order; none where nothing of the page can be one.

    Args:
        soup: The page, of which the blocks were cut; marks are put into it.
        blocks: All of them.
        url: Where the page came from.
        title: What the page's head calls it.
    """
    kept = _or_discussion(blocks, _without_side_matter(blocks, _chosen(soup, blocks, url=url)))
    if not any(kept) or _is_scrap(blocks, kept):
        kept = [not block.in_furniture and block.linked < LINK_HEAVY for block in blocks]
    if not any(kept):
        kept = [not block.in_furniture for block in blocks]
    if any(kept):
        wanted = _completed(blocks, kept, title=title, host=address.split(url).netloc)
        yield from (block.part for block, keep in zip(blocks, wanted, strict=True) if keep)


def _without_side_matter(blocks: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """Drop what was chosen of boxes that call themselves comments or the like, unless that is much of the text."""
    kept = [keep and not (is_teaser(block) or is_menu(block)) for block, keep in zip(blocks, kept, strict=True)]
    chosen = [block for block, keep in zip(blocks, kept, strict=True) if keep]
    beside = sum(len(block.part.text) for block in chosen if block.place.beside)
    if beside > _BESIDE_SHARE * sum(len(block.part.text) for block in chosen):
        return list(kept)
    return [keep and not block.place.beside for block, keep in zip(blocks, kept, strict=True)]


def _is_scrap(blocks: Sequence[Block], kept: Sequence[bool]) -> bool:
    """Whether what was chosen is a scrap beside the prose that nothing speaks against.

    A class that sounds like a table of contents, around the whole article, is enough for trafilatura to leave it out.
    """
    heads = {box.id for block in blocks if is_teaser(block) or is_linked_head(block) for box in block.place.boxes[:2]}
    free = [is_free(block) and not heads & {box.id for box in block.place.boxes[:2]} for block in blocks]
    chosen, possible = (
        sum(len(block.part.text) for block, take in zip(blocks, taken, strict=True) if take and is_prose(block))
        for taken in (kept, free)
    )
    return chosen < _SCRAP and possible > _WHOLE


def _or_discussion(blocks: Sequence[Block], kept: list[bool]) -> list[bool]:
    """The comments in the place of an article, where there is none beside them: they are what a forum is made of."""
    if any(keep and is_prose(block) for block, keep in zip(blocks, kept, strict=True)):
        return kept
    said = {block.place.box for block in blocks if block.place.beside and is_prose(block)}
    length = sum(len(block.part.text) for block in blocks if block.place.box in said)
    return [block.place.box in said for block in blocks] if length > _DISCUSSION else kept


def _chosen(soup: "BeautifulSoup", blocks: Sequence[Block], *, url: str) -> list[bool]:
    """Which blocks trafilatura takes for the article, told by the marks that come back."""
    from trafilatura import extract

    _mark(blocks)
    text = extract(str(soup), url=url, include_comments=False, include_tables=True) or ""
    back = set(_MARKER.findall(text))
    return [_marker(number) in back for number in range(len(blocks))]


def _mark(blocks: Sequence[Block]) -> None:
    """Put a block's mark behind its longest string."""
    from bs4.element import NavigableString

    for number, block in enumerate(blocks):
        longest = max(block.strings, key=len, default=None)
        if longest is not None and longest.parent is not None:
            marked = NavigableString(f"{str(longest).rstrip()}{_marker(number)} ")
            longest.replace_with(marked)
            block.strings[block.strings.index(longest)] = marked


def _marker(number: int) -> str:
    return chr(_SCRIPTS[0] + number // _BASE) + chr(_SCRIPTS[1] + number % _BASE)


def _completed(blocks: Sequence[Block], kept: Sequence[bool], *, title: str, host: str) -> list[bool]:
    """Add what trafilatura leaves out of the article: boxes like its own, lists, then headings, code and notes."""
    kept = with_inner(blocks, without_scraps(blocks, with_likes(blocks, kept)))
    kept = with_closing_list(blocks, with_gaps_filled(blocks, kept, host=host))
    kept = without_openers(blocks, with_structure(blocks, kept))
    return with_lead(blocks, with_title(blocks, kept, title=title))
