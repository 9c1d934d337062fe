import numpy as np
import pytest

from assistant import compare
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.types import Answer, Table, Verdict
from tests.assistant.test_compose import candidate


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
        ("Shadow deployment or canary release first?", ("Shadow deployment", "canary release")),
        ("What is calibration?", ()),
    ],
)
def test_options_are_read_from_the_question(question: str, options: tuple[str, ...]) -> None:
    assert compare.options(question) == options


def test_a_sentence_is_about_an_option_if_it_names_all_of_it() -> None:
    assert compare.is_about("Cross-encoders read both texts.", "cross-encoder")
    assert not compare.is_about("Encoders read both texts.", "cross-encoder")
    assert compare.is_about("Batch normalization suffers from tiny batches.", "batch norm")
    assert compare.is_about("GPUs are shared.", "GPU")
    assert not compare.is_about("Ragged arrays are slow.", "RAG")


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


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    ["two-tower or cross-encoder?", "batch or online prediction?", "How do LinkedIn and Airbnb rank search results?"],
)
def test_a_table_has_no_empty_row_or_column_and_repeats_little(guide: Assistant, question: str) -> None:
    result = guide.ask(question)
    assert isinstance(result, Answer)
    assert result.table is not None
    assert all(any(row) for row in result.table.cells)
    assert all(any(column) for column in zip(*result.table.cells, strict=True))
    cells = [cell.text for row in result.table.cells for cell in row if cell]
    assert len(set(cells)) == len(cells)


def test_a_cell_says_again_what_is_said_elsewhere_only_if_it_would_be_empty() -> None:
    best, next_best, alone = (
        candidate("The ranker costs 3 ms.", 0.9, [1, 0, 0]),
        candidate("The tree costs 2 ms.", 0.5, [1, 0.9, 0]),
        candidate("The tree is accurate.", 0.5, [0, 0, 1]),
    )
    facets = (compare.Facet("Cost", "cost", "cost"), compare.Facet("Quality", "quality", "accura"))
    vectors = np.array([[1, 0, 0], [0, 0, 1]], dtype=np.float32)

    def row(said: list[Candidate]) -> list[str]:
        cells = compare.cells([best, next_best, alone], facets, vectors, row="tree", said=said)
        return [cell.evidence.quote if cell else "" for cell in cells]

    assert row([]) == ["The ranker costs 3 ms.", "The tree is accurate."]
    assert row([best, alone]) == ["The tree costs 2 ms.", "The tree is accurate."]


@pytest.mark.model
def test_where_one_row_alone_would_hold_something_there_is_no_table(guide: Assistant) -> None:
    result = guide.ask("Quantization, distillation or pruning: what first?")
    assert isinstance(result, Answer)
    assert result.table is None
    assert not result.note  # the sentences speak of all three
