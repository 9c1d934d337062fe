from assistant.types import Answer, AnswerSection, Citation, Question, QuestionKind, Sentence, Table, Verdict
from eval.answers import _is_of, _is_on_target, _readable
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


def test_sentences_are_to_read_alone_and_cells_of_a_table_under_their_heads() -> None:
    def told(*texts: str, cell: str = "") -> Answer:
        said = tuple(Sentence(text, (), Verdict.UNCITED) for text in texts)
        table = Table(("cost",), ("A",), ((Sentence(cell, (), Verdict.UNCITED),),)) if cell else None
        asked = Question("A or B?", "A or B?", QuestionKind.COMPARISON)
        return Answer(asked, (AnswerSection("Answer", said),), (), table=table)

    assert _readable([told("The cheaper of both is A, which one core serves.", cell="one core")]) == 1
    assert _readable([told("The cheaper of both is A, which one core serves.", "It is the cheaper of both.")]) == 0.5
