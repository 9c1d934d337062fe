"""What trafilatura leaves out of an article, and what it takes that is none of it.

Boxes like the article's own, lists, questions above their answers, the lead, the title, headings, code, tables,
captions and notes come back; labels of side columns and lines that only announce more go. Every function takes the
blocks and which of them are kept, and returns which are kept then, one truth a block.
"""

import itertools
import re
from collections import Counter
from collections.abc import Collection, Sequence

from ingest import address
from ingest.blocks import (
    LINK_HEAVY,
    PROSE,
    TEASER,
    TOP,
    Block,
    Box,
    is_credit,
    is_free,
    is_linked_head,
    is_prose,
    is_running,
    is_teaser,
)
from ingest.structure import clean
from ingest.types import BlockKind

_STRUCTURE = frozenset({BlockKind.CODE, BlockKind.TABLE, BlockKind.CAPTION, BlockKind.FOOTNOTE, BlockKind.REFERENCE})
_RUNNING = frozenset({BlockKind.LIST_ITEM, BlockKind.QUOTE})
_NEAR = 3  # blocks between a code block, table or caption and the nearest kept one
BOX = 250  # characters of paragraphs that make a box more than a teaser; one of 90 was an invitation to chat
_FORMULA = re.compile(r"^\s*(?:\$\$|\\\[|\\begin\{)|[=≤≥≈≠∈∑∏∫√∇∝]")
_WORD = re.compile(r"(?<![\\\w{])[^\W\d_]{4,}")
_FORMULA_WORDS = 3
_STOPS = tuple('.!?…。！？।”"»')  # what a sentence ends with
_OPENING = 160  # characters; of 8 shorter lines below a title, readers had counted none to the article
_SCRAPS = 0.7  # of a side column's text that was taken; of a reading list nearly all is
_LINKED_COLUMN = 0.3  # share of links from which a column is one of links and offers
_MANY = 3  # paragraphs of a box, from which its pictures do not make captions of them
_NEARLY_ALL = 0.8  # of the prose
_GAP = 60  # blocks between two kept ones: a long list


def without_openers(blocks: Sequence[Block], kept: list[bool]) -> list[bool]:
    """Drop from the end what only announces more: headings, and short lines that end in a colon."""
    for number in range(len(blocks) - 1, -1, -1):
        text = clean(blocks[number].part.text)
        announces = blocks[number].part.level > 0 or (len(text) < PROSE and text.endswith((":", "：")))
        if kept[number] and not announces:
            return [*kept[: number + 1], *(False for _ in kept[number + 1 :])]
    return kept


def with_title(blocks: Sequence[Block], kept: list[bool], *, title: str) -> list[bool]:
    """Keep the heading that says the page's title, above its date, author and pictures."""
    first = kept.index(True)
    for number, block in enumerate(blocks[: first + 1]):
        text = clean(block.part.text)
        if block.part.level in {1, 2} and len(text) > 3 and title.startswith(text) and not block.in_furniture:
            return [*kept[:number], True, *kept[number + 1 :]]
    return kept


def with_likes(blocks: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """Keep boxes of the same make as the one that holds most of the article, or sections beside it.

    Of pages made of sections, and of questions with their answers, trafilatura takes one and leaves the rest.
    """
    weights: Counter[Box] = Counter()
    for block, keep in zip(blocks, kept, strict=True):
        if keep:
            weights.update({box: len(block.part.text) for box in block.place.boxes})
    if not weights:
        return list(kept)
    whole = max(weights.values())
    models = [box for box, weight in weights.items() if weight > whole / 2]
    boxes = {box for block in blocks for box in block.place.boxes}
    made = {box.id for box in boxes if any(_is_like(box, one) for one in models)}
    like = made | {box.id for box in boxes if any(_is_twin(box, one) for one in models)}
    prose: Counter[int] = Counter()
    teasers = {box.id for block in blocks if is_teaser(block) or is_linked_head(block) for box in block.place.boxes[:2]}
    for block in blocks:
        if len(block.part.text) >= PROSE and block.linked < LINK_HEAVY / 2 and is_free(block):
            prose.update({box.id: len(block.part.text) for box in block.place.boxes if box.id in like})
    headed = {box.id for block in blocks if block.part.level for box in block.place.boxes}
    wordy = {box for box, length in prose.items() if length >= BOX and (box in made or box in headed)} - teasers
    return [
        keep or (is_free(block) and is_running(block) and any(box.id in wordy for box in block.place.boxes))
        for block, keep in zip(blocks, kept, strict=True)
    ]


def without_scraps(blocks: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """Drop the labels that were taken of a column of links, offers and teasers beside the article."""
    home = _home(blocks, kept)
    if home is None:
        return list(kept)
    around = {box.id for box in home.chain()}
    outer = [TOP if home in block.place.chain() else _outermost(block, around=around) for block in blocks]
    total, taken, linked = Counter[int](), Counter[int](), Counter[int]()
    for block, keep, box in zip(blocks, kept, outer, strict=True):
        length = len(clean(block.part.text))
        total[box] += length
        taken[box] += length * keep
        linked[box] += round(length * block.linked)
    scraps = {
        box for box in total if box and taken[box] < _SCRAPS * total[box] and linked[box] >= _LINKED_COLUMN * total[box]
    }
    return [keep and box not in scraps for keep, box in zip(kept, outer, strict=True)]


def _home(blocks: Sequence[Block], kept: Sequence[bool]) -> Box | None:
    """The inmost box that holds nearly all prose that is kept; None where there is no prose."""
    weights: Counter[Box] = Counter()
    whole = 0
    for block, keep in zip(blocks, kept, strict=True):
        if keep and is_prose(block):
            whole += len(block.part.text)
            weights.update({box: len(block.part.text) for box in block.place.chain()})
    holding = [box for box, weight in weights.items() if weight >= _NEARLY_ALL * whole]
    return max(holding, key=lambda box: len([*box.chain()]), default=None)


def with_inner(blocks: Sequence[Block], kept: list[bool]) -> list[bool]:
    """Keep boxes of prose that stand between what is kept of the article, such as questions with their answers.

    Of text that stands in a box without a paragraph, trafilatura may take nothing, or the answers alone.
    """
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    taken = {
        box.id
        for block, keep in zip(blocks, kept, strict=True)
        if keep and is_prose(block)
        for box in block.place.chain()
    }
    left: dict[int, list[int]] = {}
    for number in range(first, last):
        left.setdefault(_outermost(blocks[number], around=taken), []).append(number)
    left.pop(TOP, None)
    lost = {
        number
        for box, numbers in left.items()
        if _is_lost([blocks[number] for number in numbers], box=box)
        for number in numbers
    }
    return [
        keep or ((number in lost or _asks(blocks, kept, number)) and is_free(block) and is_running(block))
        for number, (block, keep) in enumerate(zip(blocks, kept, strict=True))
    ]


def _is_lost(blocks: Sequence[Block], *, box: int) -> bool:
    """Whether a box that was left out is of prose, and neither of teasers nor of pictures with their captions."""
    prose = [block for block in blocks if is_prose(block) and is_free(block)]
    if sum(len(clean(block.part.text)) for block in prose) < BOX or any(map(is_credit, blocks)):
        return False
    if any(is_teaser(block) or is_linked_head(block) for block in blocks):
        return False
    return len(prose) >= _MANY or not _is_pictured(blocks[0], box=box)


def _is_pictured(block: Block, *, box: int) -> bool:
    """Whether a picture stands in the box around a block."""
    around = next((one for one in block.strings[0].parents if id(one) == box), None)
    return around is not None and around.find(["img", "picture", "video", "figure"]) is not None


def _asks(blocks: Sequence[Block], kept: Sequence[bool], number: int) -> bool:
    """Whether a block is a question, and what stands right below it was kept."""
    below = kept[number + 1 : number + 2] == [True]
    return below and clean(blocks[number].part.text).endswith(("?", "？", "؟"))


def _outermost(block: Block, *, around: Collection[int]) -> int:
    """The id of the widest box around a block below the first of some boxes; 0 where the block stands in that one."""
    outside = [box.id for box in itertools.takewhile(lambda box: box.id not in around, block.place.chain())]
    return outside[-1] if outside else TOP


def with_lead(blocks: Sequence[Block], kept: list[bool]) -> list[bool]:
    """Keep the opening paragraph between the title and the text, which many a page calls a teaser."""
    prose = [number for number, keep in enumerate(kept) if keep and is_prose(blocks[number])]
    heads = [number for number, keep in enumerate(kept) if keep and blocks[number].part.level]
    if not prose or not heads or heads[0] > prose[0]:
        return kept
    home = {box.id for number in (heads[0], prose[0]) for box in blocks[number].place.boxes[:2]}
    for number in range(heads[0] + 1, prose[0]):
        near = home & {box.id for box in blocks[number].place.boxes[:2]}
        kept[number] = kept[number] or (bool(near) and _is_opening(blocks[number]))
    return kept


def _is_opening(block: Block) -> bool:
    """Whether a block is a paragraph; dates, bylines and the line that many a newspaper sets below a title are none."""
    text = clean(block.part.text)
    return len(text) >= _OPENING and text.endswith(_STOPS) and is_prose(block) and is_free(block) and is_running(block)


def _is_like(box: Box, model: Box) -> bool:
    if box.id == model.id or box.make.partition(".")[0] != model.make.partition(".")[0]:
        return False
    sections = box.parent == model.parent and box.make.startswith("section")
    return sections or ("." in box.make and box.make == model.make)


def _is_twin(box: Box, model: Box) -> bool:
    """Whether a box has the very classes of another, be they of layout alone, and stands beside it.

    One of the two may stand in a box of its own, as a section does that has a ground of another colour.
    """
    if box.id == model.id or not box.classes or box.classes != model.classes:
        return False
    at, beside = ([*(around.id for around in one.chain()), TOP][1:3] for one in (box, model))
    return (at[0] in beside or beside[0] in at) and box.id not in beside and model.id not in at


def with_gaps_filled(blocks: Sequence[Block], kept: Sequence[bool], *, host: str) -> list[bool]:
    """Keep what stands between kept blocks in the very tag that they stand in.

    trafilatura's second way, through readability, drops every list of an article: 9,000 of 28,000 characters of one of
    the listed works.
    """
    filled = list(kept)
    last_seen: dict[int, int] = {}
    for number, (block, keep) in enumerate(zip(blocks, kept, strict=True)):
        if not keep:
            continue
        box = block.place.box
        start = last_seen.get(box)
        if start is not None and number - start <= _GAP:
            for between in range(start + 1, number):
                filled[between] = filled[between] or _runs_on(blocks[between], box=box, host=host)
        last_seen[box] = number
    for box, ended in last_seen.items():
        if ended < max(last_seen.values()):  # the list behind the very last is looked at by with_closing_list
            _run_on(blocks, filled, ended + 1, box=box, host=host)
    return filled


def _run_on(blocks: Sequence[Block], kept: list[bool], start: int, *, box: int, host: str) -> None:
    """Keep the list that ends a section, right behind the section's last kept block."""
    for number in range(start, len(blocks)):
        if kept[number] or not _runs_on(blocks[number], box=box, host=host):
            return
        kept[number] = True


def _runs_on(block: Block, *, box: int, host: str) -> bool:
    """Whether a list item or a quotation belongs to the text around it; a list of links does where they lead away."""
    inside = block.part.kind in _RUNNING and block.place.box == box and not block.in_furniture
    return inside and not block.place.beside and (block.linked < TEASER or _leads_away(block, host=host))


def _leads_away(block: Block, *, host: str) -> bool:
    """Whether a block's links lead to other sites, as those of a reading list do and those of a menu do not."""
    links = [link for string in block.strings if (link := string.find_parent("a")) is not None]
    hosts = {address.split(str(link.get("href", ""))).netloc for link in links}
    return bool(hosts) and not hosts & {"", host}


def with_closing_list(blocks: Sequence[Block], kept: list[bool]) -> list[bool]:
    """Keep the list that ends the article, right behind its last kept block or a heading after that."""
    last = len(kept) - 1 - kept[::-1].index(True)
    box = blocks[last].place.box
    end = last + 1
    while (
        end < len(blocks)
        and blocks[end].place.box == box
        and (blocks[end].part.kind in _RUNNING or (end == last + 1 and blocks[end].part.kind is BlockKind.HEADING))
    ):
        end += 1
    tail = blocks[last + 1 : end]
    length = sum(len(block.part.text) for block in tail)
    linked = sum(block.linked * len(block.part.text) for block in tail)
    if not length or linked >= TEASER * length or not all(is_free(block) or block.linked for block in tail):
        return kept
    return [*kept[: last + 1], *(not (block.in_furniture or block.place.beside) for block in tail), *kept[end:]]


def with_structure(blocks: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """Keep headings, code, tables, captions, formulas and notes that stand among what is kept."""
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    return [
        keep or (not block.in_furniture and _belongs(blocks, kept, number, first=first, last=last))
        for number, (block, keep) in enumerate(zip(blocks, kept, strict=True))
    ]


def _belongs(blocks: Sequence[Block], kept: Sequence[bool], number: int, *, first: int, last: int) -> bool:
    block = blocks[number]
    near = any(kept[max(0, number - _NEAR) : number + _NEAR + 1])
    if block.place.beside:
        return False
    if _is_formula(block):
        return near and first < number <= last + 1
    if block.part.kind is BlockKind.HEADING:
        return first - _NEAR <= number < last and _opens_kept(blocks, kept, number) and block.linked < LINK_HEAVY
    if block.part.kind not in _STRUCTURE or block.linked >= LINK_HEAVY:
        return False
    if block.part.kind is BlockKind.CAPTION and not block.explains:
        return False
    if block.part.kind in {BlockKind.FOOTNOTE, BlockKind.REFERENCE}:
        return number > first
    above = number < first and block.place.box == blocks[first].place.box and number >= first - 1
    return near and (above or first < number <= last + _NEAR)


def _is_formula(block: Block) -> bool:
    """Whether a block is a formula set apart: what shows it is a script, and trafilatura takes it for rubbish."""
    text = block.part.text
    words = len(_WORD.findall(text)) if block.part.kind is BlockKind.PARAGRAPH else _FORMULA_WORDS
    return words < _FORMULA_WORDS and _FORMULA.search(text) is not None and block.linked == 0


def _opens_kept(blocks: Sequence[Block], kept: Sequence[bool], number: int) -> bool:
    """Whether the text right below a heading, or below the headings right under it, was kept or belongs to it."""
    for below in range(number + 1, min(number + 4, len(blocks))):
        kind = blocks[below].part.kind
        if kind is not BlockKind.HEADING:
            return kept[below] or (kind in _STRUCTURE and is_free(blocks[below]))
    return False
