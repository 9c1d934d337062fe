from assistant.types import Citation
from eval.answers import _is_of, _is_on_target
from eval.golden import GoldenQuestion, Judgment, Split


def cited(quote: str, *, document: str = "d") -> Citation:
    return Citation(1, document, "T", "u", (), 0, len(quote), quote)


def test_a_quotation_is_judged_with_what_holds_it_and_with_what_it_holds() -> None:
    judged = Judgment("d", "Drop the logs. Keep the rest.", 3)
    assert _is_of(cited("Keep the rest."), judged)
    assert _is_of(cited("First. Drop the logs. Keep the rest."), judged)
    assert not _is_of(cited("Keep the logs."), judged)
    assert not _is_of(cited("Keep the rest.", document="e"), judged)


def test_an_answer_is_on_target_from_a_grade_of_two() -> None:
    judged = (Judgment("d", "Drop the logs.", 2), Judgment("d", "Keep the rest.", 1))
    asked = GoldenQuestion("q", "What goes?", "fact", "t", Split.DEV, judgments=judged)
    assert _is_on_target(asked, [cited("Drop the logs.")])
    assert not _is_on_target(asked, [cited("Keep the rest.")])
