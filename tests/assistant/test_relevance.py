import dataclasses

import numpy as np
import pytest

from assistant import relevance
from assistant.evidence import Candidate
from assistant.relevance import Asked, Signs, heading, ranked, signs, weighed
from index.types import MethodTrace, Trace
from ingest.types import Chunk
from tests.assistant.test_compose import candidate

_VECTOR = np.array([1.0, 0.0], dtype=np.float32)
_ASKED = Asked("measuring position bias", _VECTOR, {"posit": 2.0, "bias": 2.0})


def under(name: str, title: str, *, score: float = 1.0, direction: tuple[float, float] = (0.5, 0.5)) -> Candidate:
    """A sentence under a heading, in a passage of its own with a score."""
    plain = candidate(name, 0.5, list(direction))
    hit = dataclasses.replace(plain.evidence.hit, score=score)
    return dataclasses.replace(plain, evidence=dataclasses.replace(plain.evidence, headings=(title,), hit=hit))


def first(*candidates: Candidate, asked: Asked = _ASKED) -> str:
    return weighed(candidates, asked)[0].evidence.quote


def sign(one: Candidate, *others: Candidate, asked: Asked = _ASKED) -> Signs:
    return signs([one, *others], asked)[0]


def of(one: Candidate, **changes: object) -> Candidate:
    """The same out of a document with other fields."""
    document = dataclasses.replace(one.evidence.document, **changes)  # type: ignore[arg-type] # its own fields
    return dataclasses.replace(one, evidence=dataclasses.replace(one.evidence, document=document))


def in_passage(
    text: str, *quotes: str, directions: list[list[float]], headings: tuple[str, ...] = ()
) -> list[Candidate]:
    """The sentences of one passage."""
    made = []
    for quote, direction in zip(quotes, directions, strict=True):
        plain = candidate(quote, 0.5, direction)
        start = text.index(quote)
        hit = dataclasses.replace(plain.evidence.hit, chunk=Chunk("d", 0, len(text), text, headings=headings))
        evidence = dataclasses.replace(plain.evidence, start=start, end=start + len(quote), hit=hit)
        made.append(dataclasses.replace(plain, evidence=evidence))
    return made


def test_a_sentence_under_a_heading_that_asks_the_question_wins_over_one_as_near_elsewhere() -> None:
    assert (
        first(under("Clocks drift apart.", "Time"), under("Swap two results.", "Position bias")) == "Swap two results."
    )


def test_the_words_count_by_their_idf_wherever_they_stand() -> None:
    asked = dataclasses.replace(_ASKED, telling={"posit": 3.0, "bias": 1.0})
    half, whole = under("Half of it: bias.", "Time"), under("Clocks.", "Position bias")
    assert [one.in_place for one in signs([half, whole, under("Clocks drift.", "Time")], asked)] == [0.25, 1.0, 0.0]
    by_place = {
        one.evidence.quote: one.evidence.relevance for one in weighed([whole, under("Watches.", "Time")], asked)
    }
    assert by_place["Clocks."] - by_place["Watches."] == pytest.approx(relevance.weights()["in_place"], abs=1e-4)


def test_the_better_passage_wins_between_sentences_alike() -> None:
    assert first(under("Clocks.", "Time", score=0.2), under("Watches.", "Time", score=0.9)) == "Watches."
    assert sign(under("Clocks.", "T", score=0.2), under("Watches.", "T", score=0.9)).behind == pytest.approx(-0.7)


def test_a_sentence_that_opens_with_the_matter_wins_over_one_that_ends_with_it() -> None:
    assert first(under("Swapping shows the position bias.", "T"), under("Position bias shows by swaps.", "T")) == (
        "Position bias shows by swaps."
    )


def test_where_nothing_tells_the_order_of_nearness_stays() -> None:
    asked = Asked("and so?", _VECTOR, {})
    near, far = under("Clocks.", "Time", direction=(0.9, 0.1)), under("Watches.", "Time", direction=(0.1, 0.9))
    assert [one.evidence.quote for one in weighed([far, near], asked)] == ["Clocks.", "Watches."]


def test_what_holds_at_one_organisation_comes_after_what_holds_in_general() -> None:
    theirs, general = of(under("Clocks.", "Time"), organisations=("Acme",)), under("Watches.", "Time")
    assert first(theirs, general) == "Watches."
    asked = dataclasses.replace(_ASKED, of_whom=("Acme",))
    assert [one.of_one for one in signs([theirs, general], asked)] == [0.0, 0.0]


def test_a_heading_of_the_question_s_form_and_a_sentence_that_says_more_win() -> None:
    asked = dataclasses.replace(_ASKED, text="Why measure position bias?")
    (why,), (how,) = (
        in_passage("Clicks lie.", "Clicks lie.", directions=[[0.5, 0.5]], headings=(f"{word} it is measured",))
        for word in ("Why", "How")
    )
    assert (sign(why, asked=asked).headed, sign(how, asked=asked).headed) == (1, 0)
    assert weighed([how, why], asked)[0].evidence.hit.chunk.headings == ("Why it is measured",)
    short, long = under("Clicks lie.", "x"), under("Clicks lie because people look at the top first.", "x")
    assert sign(short).length < sign(long).length <= 1
    assert first(short, long) == long.evidence.quote


def test_an_aside_comes_after_a_plain_statement() -> None:
    assert first(under("Suppose clocks drift.", "Time"), under("Clocks drift.", "Time")) == "Clocks drift."


def test_a_form_that_fits_the_question_wins() -> None:
    asked = dataclasses.replace(_ASKED, text="why does position bias matter")
    assert first(under("Clicks pile up.", "T"), under("It matters because clicks pile up.", "T"), asked=asked) == (
        "It matters because clicks pile up."
    )


def test_a_sentence_between_near_ones_is_nearer_than_its_own_words() -> None:
    text = "One is near. Two is not. Three is near."
    one, two, three = in_passage(
        text, "One is near.", "Two is not.", "Three is near.", directions=[[1, 0], [0, 1], [0.8, 0.6]]
    )
    seen = signs([three, two, one], _ASKED)
    assert seen[1].beside == pytest.approx(0.9)
    assert seen[2].beside == pytest.approx(0.0)
    assert [round(each.best_of, 3) for each in seen] == [1.0, 1.0, 1.0]
    assert [round(each.mean_of, 3) for each in seen] == [0.6, 0.6, 0.6]
    assert sign(under("Clocks.", "T", direction=(1, 0))).beside == pytest.approx(1.0)


def test_the_scores_of_a_passage_come_from_its_trace() -> None:
    plain = under("Clocks.", "T")
    trace = Trace({"dense": MethodTrace(1, 0.6, 0.4), "lexical": MethodTrace(2, 9.0, 0.3)})
    traced = dataclasses.replace(
        plain,
        evidence=dataclasses.replace(plain.evidence, hit=dataclasses.replace(plain.evidence.hit, trace=trace)),
    )
    assert (sign(traced).meaning, sign(traced).words) == (0.6, 0.3)
    assert (sign(plain).meaning, sign(plain).words) == (0.0, 0.0)


def test_documents_stand_by_their_best_passage() -> None:
    def found(name: str, document: str, rank: int) -> Candidate:
        plain = candidate(name, 0.5, [1, 0], document=document)
        return dataclasses.replace(
            plain,
            evidence=dataclasses.replace(plain.evidence, hit=dataclasses.replace(plain.evidence.hit, rank=rank)),
        )

    pool = [found("C.", "other", 3), found("B.", "best", 2), found("A.", "best", 1)]
    assert [one.document for one in signs(pool, _ASKED)] == [0.5, 1.0, 1.0]


def test_a_title_counts_by_what_it_says_of_the_question_and_beside_it() -> None:
    titled = of(under("Clocks.", "T"), title="Position of video ads")
    assert sign(titled).titled == 0.5
    assert sign(titled).unasked == pytest.approx(2 / 3)


def test_a_passage_of_two_sections_gives_each_sentence_its_own_heading() -> None:
    text = "How to hash\n\nHash first.\n\nWhen to embed\n\nEmbed last. Items follow:\n\n- one | two\n\nThen stop."
    passage = in_passage(text, "Hash first.", "Embed last.", "Then stop.", directions=[[1, 0]] * 3, headings=("Over",))
    assert [heading(one) for one in passage] == ["How to hash", "When to embed", "When to embed"]
    assert [heading(one) for one in in_passage("Bare.", "Bare.", directions=[[1, 0]], headings=("Over",))] == ["Over"]
    assert heading(candidate("Bare.", 0.5, [1, 0])) == ""


def test_no_candidates_are_ranked_to_none() -> None:
    assert weighed([], _ASKED) == []


def test_every_sign_has_a_weight_and_nearness_is_the_unit() -> None:
    weights = relevance.weights()
    assert list(weights) == [one.name for one in dataclasses.fields(Signs)]
    assert weights["own"] + weights["asked"] == pytest.approx(1.0, abs=1e-3)


def test_what_is_compared_is_put_in_order_by_the_words_around_it_its_passage_and_its_opening() -> None:
    def order(*candidates: Candidate) -> list[str]:
        return [one.evidence.quote for one in ranked(candidates, "measuring position bias", telling=_ASKED.telling)]

    assert order(under("Clocks drift.", "Time"), under("Swap two.", "Position bias")) == ["Swap two.", "Clocks drift."]
    assert order(under("A clock.", "T", score=0.2), under("Watches.", "T", score=0.9)) == ["Watches.", "A clock."]
    late, early = under("Swapping shows the position bias.", "T"), under("Position bias shows by swaps.", "T")
    assert order(late, early)[0] == "Position bias shows by swaps."
    halves = ranked(
        [under("Half: bias.", "Time"), under("Clocks.", "T")], "and so?", telling={"posit": 3.0, "bias": 1.0}
    )
    assert halves[0].evidence.relevance - halves[1].evidence.relevance == pytest.approx(0.3 / 4 + 0.1 / 2)


def test_the_nearest_question_that_a_sentence_answers_is_a_sign_and_what_has_none_is_expected_to_have_one() -> None:
    asked = np.array([[0, 1], [1, 0]], dtype=np.float32)
    known = dataclasses.replace(candidate("Known.", 0.5, [0.6, 0.8]), asked=asked)
    other = dataclasses.replace(candidate("Other.", 0.5, [0.6, 0.8]), asked=asked[:1])
    unknown = candidate("Unknown.", 0.5, [0.6, 0.8])
    vector = np.array([1, 0], dtype=np.float32)
    seen = relevance.signs([known, other, unknown], dataclasses.replace(_ASKED, vector=vector))
    assert [one.asked for one in seen] == pytest.approx([1.0, 0.0, 0.15 + 0.75 * 0.6])
    assert [one.foremost for one in seen] == [1.0, 0.0, 0.0]
    assert known.asked_beyond(vector) == pytest.approx(1 - 0.6)
    assert unknown.asked_beyond(vector) == 0.0
    order = ranked([unknown, other, known], "and so?", telling={}, vector=vector)
    assert [one.evidence.quote for one in order] == ["Known.", "Unknown.", "Other."]
    assert [one.evidence.relevance for one in ranked([known], "and so?", telling={})] == pytest.approx([0.75])
