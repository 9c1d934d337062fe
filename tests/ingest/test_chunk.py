import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.structure import Part, assemble
from ingest.types import BlockKind, Chunk, Document
from tests.parts import HashEmbedder, document

COUNT = HashEmbedder().count_tokens


def chunks(doc: Document, *, max_tokens: int = 64) -> list[Chunk]:
    return chunk(doc, count_tokens=COUNT, max_tokens=max_tokens)


def words(count: int, *, word: str = "word") -> str:
    return " ".join(f"{word}{n}" for n in range(count))


BLOCKS = st.lists(
    st.tuples(
        st.sampled_from(list(BlockKind)),
        st.text(alphabet="ab .\n#é", min_size=1, max_size=400),
        st.integers(1, 4),
    ),
    max_size=12,
)


@given(BLOCKS)
def test_chunks_are_slices_in_order_that_hold_every_word_once_and_fit(drawn: list[tuple[BlockKind, str, int]]) -> None:
    parts = [Part(kind, text, level if kind is BlockKind.HEADING else 0) for kind, text, level in drawn]
    text, blocks = assemble(parts)
    base = document("x")
    doc = Document(
        id="d", source_id="d", url="u", title="T", kind=base.kind, text=text, blocks=blocks, digest="",
        fetched_at=base.fetched_at, via=base.via,
    )  # fmt: skip
    made = chunks(doc)
    end = 0
    for one in made:
        assert one.start >= end
        assert not text[end : one.start].strip(), "text between chunks was lost"
        assert one.text == text[one.start : one.end]
        assert COUNT(one.indexed_text) <= 64
        end = one.end
    assert not text[end:].strip()


def test_a_section_that_fits_is_one_chunk_with_its_heading_path() -> None:
    doc = document(f"# A document\n\n## Data\n\n### Labels\n\n{words(60)}", title="A document")
    (made,) = chunks(doc, max_tokens=128)
    assert made.text.endswith(words(60))
    assert made.header.startswith("A document")


def test_two_large_sections_do_not_share_a_chunk() -> None:
    doc = document(f"## One\n\n{words(70)}\n\n## Two\n\n{words(70, word='other')}")
    made = chunks(doc, max_tokens=200)
    assert [one.headings for one in made] == [("One",), ("Two",)]


def test_small_sections_of_one_parent_share_a_chunk_under_the_parent() -> None:
    doc = document("## Parent\n\n### A\n\nShort text.\n\n### B\n\nShort too.")
    (made,) = chunks(doc, max_tokens=200)
    assert made.headings == ("Parent",)
    assert "Short text." in made.text
    assert "Short too." in made.text


def test_a_heading_with_nothing_of_its_own_goes_with_what_stands_under_it_however_long() -> None:
    prose = " ".join(f"{words(9)} end." for _ in range(20))
    made = chunks(document(f"# Drift\n\n## What it is\n\n{prose}", title="Drift"), max_tokens=80)
    assert made[0].text.startswith("Drift\n\nWhat it is\n\nword0")
    assert {one.headings for one in made} == {("What it is",)}


def test_sections_of_different_steps_do_not_share_a_chunk() -> None:
    doc = document("## Step 1: Problem formulation\n\nShort.\n\n## Step 2: Metrics\n\nShort too.")
    assert [one.step for one in chunks(doc, max_tokens=200)] == [1, 2]


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    sentence = "The ranker reads forty features of every candidate."
    doc = document(" ".join([sentence] * 30))
    made = chunks(doc)
    assert len(made) > 3
    assert all(one.text.endswith(".") and one.text.startswith("The") for one in made)


def test_a_chunk_id_changes_with_its_text_and_not_with_its_neighbours() -> None:
    before = chunks(document(f"## One\n\n{words(70)}\n\n## Two\n\n{words(70, word='x')}"), max_tokens=200)
    after = chunks(document(f"## One\n\n{words(70)}\n\n## Two\n\n{words(70, word='y')}"), max_tokens=200)
    assert before[0].id == after[0].id
    assert before[1].id != after[1].id


def test_a_window_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        chunks(document("text"), max_tokens=10)
