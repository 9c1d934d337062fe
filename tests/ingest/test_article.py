# ruff: noqa: E501 - markup, as pages have it
"""What belongs to an article though trafilatura leaves it out, and what does not though it takes it."""

import pytest

from ingest import html
from ingest.structure import assemble
from ingest.types import BlockKind
from tests.ingest.drawn import pages
from tests.ingest.measure import ours, score, theirs
from tests.ingest.pages import Prose, reference

DRAWN = 60


def text(body: str) -> str:
    page = f"<html><head><title>Slow queues</title></head><body>{body}</body></html>"
    return assemble(html.read(page.encode(), url="https://larkfield.example/queues").parts)[0]


def test_articles_of_drawn_structure_come_through_better_than_by_trafilatura_alone() -> None:
    lost, wanted, scores = 0, 0, []
    for page in pages(DRAWN):
        found, blocks = ours(page)
        gold = reference(page.markup)
        scores.append((score(found, gold).f1, score(theirs(page), gold).f1))
        lost += sum(heading not in blocks.get(BlockKind.HEADING, []) for heading in page.headings)
        wanted += len(page.headings)
        assert [code for code in page.code if code not in blocks.get(BlockKind.CODE, [])] == [], page.name
        assert scores[-1][0] >= max(0.94, scores[-1][1] - 0.02), page.name
    mine, other = (sum(column) / DRAWN for column in zip(*scores, strict=True))
    assert mine >= 0.994
    assert mine >= other + 0.03
    assert lost <= 0.005 * wanted


SAID = Prose("article")
FIRST, SECOND, THIRD = (SAID.ps(3) for _ in range(3))
ASKED = "".join(
    f'<div class="qqa"><div class="qq">May I move row {n}?</div><div class="qa">{SAID.text(2)}</div></div>'
    for n in range(4)
)


def _bands(second: str, *, ground: str = "{}", classes: str = "container sec") -> str:
    first = f'<div class="tinted"><div class="container sec" id="one"><h1>Slow queues</h1>{FIRST}{SECOND}</div></div>'
    return first + ground.format(f'<div class="{classes}" id="two">{second}</div>')


def test_a_section_in_a_box_of_the_same_layout_beside_the_article_is_part_of_it() -> None:
    assert "May I move row 3?" in text(_bands(f"<h2>FAQ</h2>{ASKED}"))


@pytest.mark.parametrize(
    "page",
    [
        _bands(ASKED),
        _bands(f"<h2>FAQ</h2>{ASKED}", classes="container"),
        _bands(f"<h2>FAQ</h2>{ASKED}", ground='<div class="a"><div class="b">{}</div></div>'),
        _bands('<h2>FAQ</h2><div class="qqa">May I move row 3? Only at night.</div>'),
    ],
    ids=["without a heading", "of another layout", "deeper", "of a few words"],
)
def test_a_box_that_merely_has_the_layout_of_the_article_is_no_part_of_it(page: str) -> None:
    assert "May I move row 3?" not in text(page)


LEAD = (
    "The queue of the shop grew for nine hours on Sunday, and nobody looked, since the alarm had been off for weeks. "
    "By Monday it held forty million orders, and each was an hour late."
)


@pytest.mark.parametrize(
    ("opening", "kept"),
    [
        (f'<div class="teaser_text">{LEAD}</div>', True),
        (f'<div class="teaser_text">{LEAD.removesuffix(".")}</div>', False),
        (f'<div class="teaser_text"><a href="/other">{LEAD}</a></div>', False),
        (f'<div class="teaser_text">{LEAD[:111]}</div>', False),
    ],
)
def test_the_opening_paragraph_below_the_title_is_kept_and_a_date_or_a_link_is_not(opening: str, kept: bool) -> None:
    body = f'<div class="wrap"><h1>Slow queues</h1><div class="news">{opening}{FIRST}<h2>What followed</h2>{SECOND}</div></div>'
    assert ("nine hours" in text(body)) == kept


def _column(label: str, links: int) -> str:
    listed = "".join(f'<li><a href="/offer{n}">Headphones of leather, number {n}</a></li>' for n in range(links))
    return f'<div class="sideBox"><div class="sideHead">{label}</div><div class="sideIn"><ul>{listed}</ul><div>30,99 €</div></div></div>'


def test_labels_of_a_column_of_offers_are_dropped_and_a_reading_list_is_kept() -> None:
    article = f'<div class="news"><h1>Slow queues</h1>{FIRST}{SECOND}</div>'
    found = text(
        f'<div class="all">{article}<div class="right">{_column("Offers of the day", 6)}{_column("Thanks!", 4)}</div></div>'
    )
    assert not any(word in found for word in ("Offers of the day", "30,99", "Thanks"))
    papers = "".join(
        f'<li><a href="https://papers.example/{n}">On queues, part {n}</a>, by Ada Berg, a paper of 201{n}</li>'
        for n in range(6)
    )
    found = text(
        f'<article><section class="main"><h1>Slow queues</h1>{FIRST}</section><section><h2>To read</h2><ul>{papers}</ul></section></article>'
    )
    assert "On queues, part 5" in found


def _between(box: str) -> str:
    return text(f"<main><article><h1>Slow queues</h1>{FIRST}{box}<h2>What followed</h2>{SECOND}</article></main>")


def test_questions_and_answers_in_boxes_within_the_article_are_kept() -> None:
    assert "May I move row 3?" in _between(f"<h2>FAQ</h2><div class='questions'>{ASKED}</div>")
    short = '<div class="questions"><div class="qq">May I move row 3?</div><div class="qa">Only at night, please.</div></div>'
    assert "May I move row 3?" not in _between(short)
    answered = f'<div class="accordion-item"><div class="accordion-header">May I move row 3?</div><div class="accordion-body"><p>{LEAD}</p></div></div>'
    assert "May I move row 3?" in _between(answered)
    assert "Move row 3!" not in _between(answered.replace("May I move row 3?", "Move row 3!"))


@pytest.mark.parametrize(
    "box",
    [
        f"<div class='g'><div>May I move row 3? {SAID.text(3)}</div><div>Photo: Ada Berg</div></div>",
        f"<div class='g'><img src='a.jpg'><div>May I move row 3? {SAID.text(3)}</div></div>",
        f"<div class='g'><h3><a href='/x'>Another article</a></h3><div>May I move row 3? {SAID.text(3)}</div></div>",
    ],
    ids=["credited", "pictured", "teaser"],
)
def test_captions_of_galleries_and_teasers_within_the_article_are_not(box: str) -> None:
    assert "May I move row 3?" not in _between(box)


def test_a_table_that_lays_out_a_page_is_not_the_code_that_stands_in_it() -> None:
    code = "<pre>def move(row):\n    return row</pre>"
    page = f"<table><tr><td width=120><a href='/'>Home</a></td><td><h1>Slow queues</h1>{FIRST}{code}{SECOND}</td></tr></table>"
    assert "Slow queues" in text(page)
    numbered = "<table><tr><td>1\n2</td><td><pre>def move(row):\n    return row</pre></td></tr></table>"
    assert "\n\ndef move(row):\n    return row\n\n" in _between(numbered)
