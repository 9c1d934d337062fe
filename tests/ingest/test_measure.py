"""Extraction measured on pages of many shapes, beside trafilatura alone."""

import pytest

from ingest.types import BlockKind
from tests.ingest.measure import ours, score, theirs
from tests.ingest.pages import Page, pages, reference

PAGES = {page.name: page for page in pages()}


def test_a_score_counts_what_is_lost_kept_too_much_and_out_of_order() -> None:
    assert score("one two three four", "one two three four").f1 == 1
    assert score("one two three", "one two three four").recall == 0.5
    assert score("one two three four", "one two three").precision == 0.5
    assert score("four three two one", "one two three four").f1 == 0


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_the_article_of_a_page_comes_through_with_its_headings_and_code(page: Page) -> None:
    wanted = reference(page.markup)
    text, found = ours(page)
    mine = score(text, wanted)
    assert mine.f1 >= 0.97
    assert mine.f1 >= score(theirs(page), wanted).f1 - 0.002
    assert [heading for heading in page.headings if heading not in found.get(BlockKind.HEADING, [])] == []
    assert [code for code in page.code if code not in found.get(BlockKind.CODE, [])] == []
