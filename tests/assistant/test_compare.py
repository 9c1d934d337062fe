import pytest

from assistant import compare
from assistant.answer import Assistant
from assistant.types import Answer, Table, Verdict


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("two-tower or cross-encoder?", ("two-tower", "cross-encoder")),
        ("difference between shadow deployment and canary release?", ("shadow deployment", "canary release")),
        ("pointwise vs. pairwise", ("pointwise", "pairwise")),
        ("Should I use batch or online prediction for emails?", ("batch", "online prediction")),
        ("compare bandits with A/B tests", ("bandits", "A/B tests")),
        ("Quantization, distillation or pruning: what first?", ("Quantization", "distillation", "pruning")),
        ("For CTR prediction, GBDT or a neural net, which one?", ("GBDT", "neural net")),
        ("Batch or streaming features - which should I pick?", ("Batch", "streaming features")),
        ("What is calibration?", ()),
    ],
)
def test_options_are_read_from_the_question(question: str, options: tuple[str, ...]) -> None:
    assert compare.options(question) == options


def test_a_sentence_is_about_an_option_if_it_names_all_of_it() -> None:
    assert compare.is_about("Cross-encoders read both texts.", "cross-encoder")
    assert not compare.is_about("Encoders read both texts.", "cross-encoder")


def test_a_table_has_a_cell_for_every_row_and_column() -> None:
    with pytest.raises(ValueError, match="has other cells"):
        Table(("Cost",), ("a", "b"), ((None,),))


@pytest.mark.model
def test_a_comparison_has_a_table_of_cited_cells_and_gaps_are_shown(guide: Assistant) -> None:
    result = guide.ask("two-tower or cross-encoder?")
    assert isinstance(result, Answer)
    assert result.table is not None
    assert result.table.rows == ("two-tower", "cross-encoder")
    cells = [cell for row in result.table.cells for cell in row if cell]
    assert len(cells) >= 3
    assert all(cell.verdict is Verdict.SUPPORTED and cell.citations for cell in cells)


@pytest.mark.model
def test_companies_are_set_side_by_side(guide: Assistant) -> None:
    result = guide.ask("How do LinkedIn and Airbnb rank search results?")
    assert isinstance(result, Answer)
    assert result.table is not None
    assert result.table.rows == ("LinkedIn", "Airbnb")
    by_number = {one.number: one for one in result.citations}
    for name, row in zip(result.table.rows, result.table.cells, strict=True):
        for cell in filter(None, row):
            cited = by_number[cell.citations[0]]
            assert name.lower() in f"{cited.document_id} {cited.title} {cited.quote}".lower()


@pytest.mark.model
@pytest.mark.parametrize("question", ["bm25 vs embeddings", "difference between precision and recall?"])
def test_an_option_that_the_library_defines_is_defined_in_the_first_column(guide: Assistant, question: str) -> None:
    result = guide.ask(question)
    assert isinstance(result, Answer)
    assert result.table is not None
    assert result.table.columns[0] == "What it is"
    for name, row in zip(result.table.rows, result.table.cells, strict=True):
        if row[0] is not None:
            assert compare.is_about(row[0].text, name)
    assert any(row[0] for row in result.table.cells)
