import pytest
import sentencex
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentences, split
from ingest.structure import Part, assemble
from ingest.types import BlockKind
from tests.parts import document


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    text = "Smith et al. saw a lift of 0.5% (e.g. in CTR). See v. 2.1 for more."
    assert [text[span.start : span.end] for span in split(text)] == [
        "Smith et al. saw a lift of 0.5% (e.g. in CTR).",
        "See v. 2.1 for more.",
    ]


def test_a_lower_case_letter_ends_a_sentence_and_an_initial_does_not() -> None:
    text = "It serves 400 req/s. The rest waits until time t. Then J. Smith v. Jones decides."
    assert [text[span.start : span.end] for span in split(text)] == [
        "It serves 400 req/s.",
        "The rest waits until time t.",
        "Then J. Smith v. Jones decides.",
    ]


@given(st.text(max_size=300))
def test_sentences_are_ordered_slices_that_lose_no_character_but_white_space(text: str) -> None:
    position = 0
    for span in split(text):
        assert span.start >= position
        assert not text[position : span.start].strip()
        assert text[span.start : span.end].strip() == text[span.start : span.end] != ""
        position = span.end
    assert not text[position:].strip()


def test_only_running_text_holds_sentences() -> None:
    kinds = [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.CODE, BlockKind.TABLE, BlockKind.LIST_ITEM]
    text, blocks = assemble(
        Part(kind, f"Text of {kind.value}.", level=1 if kind is BlockKind.HEADING else 0) for kind in kinds
    )
    doc = document("x")
    doc = type(doc)(
        id="d", source_id="d", url="u", title="T", kind=doc.kind, text=text, blocks=blocks, digest="",
        fetched_at=doc.fetched_at, via=doc.via,
    )  # fmt: skip
    assert [text[s.start : s.end] for s in sentences(doc)] == ["Text of paragraph.", "Text of list item."]


@pytest.mark.parametrize(
    ("sentence", "joint"),
    [
        ("The ranker, trained by Dr. Berg at 3.5 p.m., reads forty “dense” features.", " "),
        ("排序模型每晚训练一次。", ""),
        ("Is the queue older than an hour?", "\n"),
    ],
)
def test_a_long_paragraph_has_the_sentences_of_a_short_one(sentence: str, joint: str) -> None:
    text = joint.join([sentence] * 1_500)
    assert len(text) > 16_000
    assert [text[span.start : span.end] for span in split(text)] == [sentence] * 1_500


def test_a_long_paragraph_without_an_end_is_cut_between_words_and_loses_none() -> None:
    text = "forty features and " * 2_000
    found = [text[span.start : span.end] for span in split(text)]
    assert " ".join(found) == text.strip()
    assert len("x" * 30_000) == sum(span.end - span.start for span in split("x" * 30_000))


def test_a_long_paragraph_is_cut_into_sentences_a_stretch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def segment(language: str, text: str) -> list[str]:
        asked.append(len(text))
        return list(real(language, text))

    real = sentencex.segment
    monkeypatch.setattr(sentencex, "segment", segment)
    split("排序。" * 10_000)
    assert max(asked) <= 8_000
    assert sum(asked) < 31_000


@pytest.mark.parametrize("blank", ["\x85", "\xa0", "\u2003", "\u2028", "\u2029", "\u202f", "\u3000"])
def test_a_blank_beyond_ascii_is_a_blank(blank: str) -> None:
    text = f"We chose plan A{blank}. It{blank}holds."
    assert [text[span.start : span.end] for span in split(text)][-1].endswith(f"It{blank}holds.")
    assert split(text) == split(text.replace(blank, " "))


def test_where_the_library_panics_the_text_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(_language: str, _text: str) -> list[str]:
        raise PanicException

    monkeypatch.setattr(sentencex, "segment", panic)
    assert [(span.start, span.end) for span in split(" It reads. It holds. ")] == [(1, 20)]

    def stop(_language: str, _text: str) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(sentencex, "segment", stop)
    with pytest.raises(KeyboardInterrupt):
        split("It reads.")
