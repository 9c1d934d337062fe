import numpy as np
import pytest

from assistant import compare
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.types import Answer, Table, Verdict
from tests.assistant.test_compose import candidate


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
def test_a_comparison_opens_with_what_names_both_and_goes_on_with_each(guide: Assistant) -> None:
    result = guide.ask("two-tower or cross-encoder?")
    assert isinstance(result, Answer)
    lead, *each = result.sections
    assert compare.is_about(lead.sentences[0].text, "two-tower")
    assert compare.is_about(lead.sentences[0].text, "cross-encoder")
    assert [section.title for section in each] == ["two-tower", "cross-encoder"]
    assert all(section.sentences for section in each)
    assert all(one.verdict is Verdict.SUPPORTED and one.citations for one in result.sentences)
    assert len({one.text for one in result.sentences}) == len(result.sentences)


@pytest.mark.model
def test_a_table_of_the_library_that_has_the_options_is_quoted(guide: Assistant) -> None:
    result = guide.ask("random search, grid search or bayesian optimization for tuning hyperparameters?")
    assert isinstance(result, Answer)
    assert result.table is not None
    assert result.table.rows == ("Random", "Grid", "Bayesian optimization")
    by_number = {one.number: one for one in result.citations}
    for row in result.table.cells:
        for cell in filter(None, row):
            assert cell.verdict is Verdict.SUPPORTED
            assert cell.text in by_number[cell.citations[0]].quote


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
def test_a_table_of_companies_has_no_empty_row_or_column_and_repeats_little(guide: Assistant) -> None:
    result = guide.ask("How do LinkedIn and Airbnb rank search results?")
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
        cells = compare.cells([best, next_best, alone], facets, vectors, said=said)
        return [cell.evidence.quote if cell else "" for cell in cells]

    assert row([]) == ["The ranker costs 3 ms.", "The tree is accurate."]
    assert row([best, alone]) == ["The tree costs 2 ms.", "The tree is accurate."]


def test_what_a_source_does_not_say_fills_no_cell() -> None:
    said = candidate("The ranker costs 3 ms.", 0.5, [1, 0])
    silent = candidate("The post gives no cost.", 0.9, [1, 0])
    facets, vectors = (compare.Facet("Cost", "cost", "cost"),), np.array([[1, 0]], dtype=np.float32)
    assert compare.cells([silent, said], facets, vectors) == [said.raised(1.0)]
    assert compare.cells([silent], facets, vectors) == [None]


@pytest.mark.model
def test_a_name_that_the_library_does_not_hold_is_named_in_the_note_and_the_rest_is_answered(guide: Assistant) -> None:
    result = guide.ask("Kafka plus Flink or a nightly Spark job for computing user features?")
    assert isinstance(result, Answer)
    assert "“Flink”" in result.note
    assert result.sentences


@pytest.mark.model
def test_each_of_two_companies_is_told_from_its_own_case_and_the_table_keeps_to_it(guide: Assistant) -> None:
    result = guide.ask("How did Netflix pick the artwork of titles versus how Airbnb sorts listing photos?")
    assert isinstance(result, Answer)
    assert [section.title for section in result.sections] == ["Netflix", "Airbnb"]
    cited = {one.number: one.document_id for one in result.citations}
    told = [{cited[n] for sentence in section.sentences for n in sentence.citations} for section in result.sections]
    assert all(len(documents) == 1 for documents in told)
    assert told[0] != told[1]
    if result.table:
        for documents, row in zip(told, result.table.cells, strict=True):
            assert {cited[n] for cell in row if cell for n in cell.citations} <= documents


@pytest.mark.model
def test_a_comparison_ends_with_the_table_of_the_document_that_it_quotes_most(guide: Assistant) -> None:
    result = guide.ask("GBDT vs deep net for tabular data with 2M rows, honest tradeoffs")
    assert isinstance(result, Answer)
    assert result.table
    assert "Neural network" in (*result.table.columns, *result.table.rows)
