from urllib.parse import quote as percent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.anchor import anchor, encoded, link, locate, shown

TEXT = "One thing. The same sentence. Another thing. The same sentence. The end of the text stands here."
QUOTE = "A feature store keeps features for training and for serving in one place."


def test_an_unchanged_text_gives_the_same_place() -> None:
    start = TEXT.rindex("The same")
    found = locate(TEXT, anchor(TEXT, start, start + 18))
    assert found is not None
    assert (found.start, found.end, found.changed) == (start, start + 18, False)


def test_repeated_sentences_are_told_apart_by_what_stands_around_them() -> None:
    start = TEXT.rindex("The same")
    moved = f"A new beginning. {TEXT}"
    found = locate(moved, anchor(TEXT, start, start + 18))
    assert found is not None
    assert found.start == moved.rindex("The same")


def test_a_retouched_sentence_is_found_and_called_changed() -> None:
    old = f"Before. {QUOTE} After."
    new = f"Before it all. {QUOTE.replace('keeps', 'holds')} After."
    found = locate(new, anchor(old, 8, 8 + len(QUOTE)))
    assert found is not None
    assert found.changed
    assert "holds features for training" in new[found.start : found.end]


def test_a_sentence_that_is_gone_is_not_found() -> None:
    assert locate("Nothing of the kind is said on this page any more.", anchor(QUOTE, 0, len(QUOTE))) is None


@given(st.text(min_size=1), st.data())
def test_any_span_of_any_text_is_found_where_it_stands(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = locate(text, anchor(text, start, end))
    assert found is not None
    assert text[found.start : found.end] == text[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (0, 999)])
def test_a_span_that_leaves_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="0 <= start < end"):
        anchor(TEXT, start, end)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("file:///srv/secret/notes%20of%20May.md", "file:notes%20of%20May.md"),
        ("file:///srv/secret/", "file:secret"),
        ("file:notes.md", "file:notes.md"),
        ("https://a.example/p", "https://a.example/p"),
        ("ninestep:guide/x", "ninestep:guide/x"),
    ],
)
def test_of_a_file_only_its_name_is_shown(url: str, seen: str) -> None:
    assert shown(url) == seen


def test_a_link_scrolls_to_the_quotation_and_encodes_its_syntax() -> None:
    assert (
        link("https://a.example/p", "two-tower, of course")
        == "https://a.example/p#:~:text=two%2Dtower%2C%20of%20course"
    )
    assert link("https://a.example/p#top", QUOTE).endswith(
        "#top:~:text=A%20feature%20store%20keeps,serving%20in%20one%20place."
    )


@pytest.mark.parametrize("url", ["ninestep:guide/x", "https://a.example/p.pdf", "javascript:alert(1)", ""])
def test_what_is_no_web_page_gets_no_fragment(url: str) -> None:
    assert link(url, QUOTE) == url


@pytest.mark.parametrize("sign", ["<", ">", " ", "\n", '"', "`", "\\", "|", "\x1b", "\x9b", "\u202e", "\u2028"])
def test_an_address_in_a_file_cannot_end_before_its_end(sign: str) -> None:
    assert encoded(f"https://a.example/{sign}x?a=%20b&c=\u00e9#d[e]") == (
        f"https://a.example/{percent(sign, safe='')}x?a=%20b&c=\u00e9#d[e]"
    )
