import dataclasses

import numpy as np

from assistant.compose import by_passage, choose, filled, more, near_the_best, told
from assistant.evidence import Candidate
from assistant.types import Evidence
from index.types import DocumentInfo, Hit, Trace
from ingest.types import Chunk


def candidate(name: str, relevance: float, direction: list[float], *, document: str = "d") -> Candidate:
    info = DocumentInfo(id=document, source_id=document, url="u", title="T", kind="blog")
    hit = Hit(1, 1.0, Chunk(document, 0, len(name), name), info, Trace())
    vector = np.array(direction, dtype=np.float32)
    evidence = Evidence(info, 0, len(name), name, (), relevance, hit)
    return Candidate(evidence, vector / np.linalg.norm(vector))


def chosen(
    candidates: list[Candidate], *, count: int = 3, floor: float = 0.0, used: list[Candidate] | None = None
) -> str:
    return "".join(one.evidence.quote for one in choose(candidates, count=count, floor=floor, used=used or []))


def test_the_most_relevant_comes_first_and_a_repetition_is_left_out() -> None:
    candidates = [candidate("a", 0.9, [1, 0, 0]), candidate("b", 0.85, [1, 0.05, 0]), candidate("c", 0.5, [0, 1, 0])]
    assert chosen(candidates) == "ac"


def test_likeness_to_a_chosen_sentence_costs_a_place() -> None:
    candidates = [candidate("a", 0.9, [1, 0, 0]), candidate("b", 0.7, [1, 0.7, 0]), candidate("c", 0.6, [0, 0, 1])]
    assert chosen(candidates, count=2) == "ac"


def test_nothing_below_the_floor_is_chosen() -> None:
    assert chosen([candidate("a", 0.2, [1, 0, 0])], floor=0.3) == ""


def test_what_was_said_before_is_not_said_again() -> None:
    said = candidate("a", 0.9, [1, 0, 0])
    assert chosen([dataclasses.replace(said), candidate("b", 0.5, [0, 1, 0])], used=[said]) == "b"


def test_one_document_gives_at_most_three_sentences() -> None:
    directions = np.eye(5).tolist()
    same = [candidate(str(n), 0.9 - n / 100, direction) for n, direction in enumerate(directions)]
    assert chosen(same, count=5) == "012"


def passage(*sentences: tuple[str, float], of: str = "d") -> list[Candidate]:
    """The sentences of one passage, unlike one another, each with a relevance, in the order of the text."""
    text = " ".join(name for name, _ in sentences)
    directions = np.eye(16)[ord(of) % 4 * 4 :]
    made = []
    for (name, worth), direction in zip(sentences, directions, strict=False):
        plain = candidate(name, worth, direction.tolist(), document=of)
        hit = dataclasses.replace(plain.evidence.hit, chunk=Chunk(of, 0, len(text), text))
        start = text.index(name)
        evidence = dataclasses.replace(plain.evidence, start=start, end=start + len(name), hit=hit)
        made.append(dataclasses.replace(plain, evidence=evidence))
    return sorted(made, key=lambda one: -one.evidence.relevance)


def says(candidates: list[Candidate], *, count: int = 3, used: list[Candidate] | None = None) -> str:
    return "".join(one.evidence.quote for one in told(candidates, count=count, used=used or []))


def test_the_best_comes_first_and_its_passage_goes_on_as_the_text_has_it() -> None:
    assert says(passage(("a", 0.7), ("b", 0.9), ("c", 0.8))) == "bac"


def test_what_stands_beside_a_chosen_sentence_comes_before_what_is_a_little_better_elsewhere() -> None:
    here, there = passage(("a", 0.9), ("b", 0.75), ("c", 0.78)), passage(("x", 0.8), of="e")
    assert says([*here, *there], count=2) == "ab"
    better = passage(("x", 0.83), of="e")
    assert says([*here, *better], count=2) == "ax"


def test_passages_follow_one_another_whole() -> None:
    here, there = passage(("a", 0.9), ("b", 0.6)), passage(("x", 0.85), ("y", 0.84), of="e")
    assert says([*here, *there], count=4) == "abxy"


def test_sentences_far_below_the_best_fill_no_answer_up_but_two_stay() -> None:
    far = [*passage(("a", 0.9)), *passage(("x", 0.5), of="e"), *passage(("u", 0.4), of="f")]
    assert says(far) == "ax"
    near = [*passage(("a", 0.9)), *passage(("x", 0.62), of="e"), *passage(("u", 0.61), of="f")]
    assert says(near) == "axu"


def test_an_answer_repeats_neither_itself_nor_what_was_said() -> None:
    one, same, other = candidate("a", 0.9, [1, 0]), candidate("b", 0.89, [1, 0.05]), candidate("c", 0.7, [0, 1])
    assert says([one, same, other]) == "ac"
    assert says([one, other], used=[dataclasses.replace(one)]) == "c"
    assert says([]) == ""


def fill(chosen: list[Candidate], candidates: list[Candidate], *, count: int = 3) -> str:
    return "".join(one.evidence.quote for one in filled(chosen, candidates, count=count))


def test_an_answer_is_filled_up_with_what_stands_beside_it_in_the_order_of_the_text() -> None:
    here = passage(("a", 0.6), ("b", 0.9), ("c", 0.5), ("d", 0.4))
    assert fill(here[:1], here, count=1) == "b"
    assert fill(here[:1], here) == "bac"
    assert fill(here[:1], here, count=9) == "bacd"
    better = passage(("x", 0.68), of="e")
    assert fill(here[:1], [*here, *better], count=2) == "bx"
    assert fill(here[:1], [*here, *passage(("x", 0.66), of="e")], count=2) == "ba"
    assert fill([], here) == ""


def test_an_answer_is_not_filled_up_with_what_lies_far_below_it() -> None:
    here, there = passage(("a", 0.9)), passage(("x", 0.44), of="e")
    assert fill(here, [*here, *there]) == "a"
    assert fill(here, [*here, *passage(("x", 0.46), of="e")]) == "ax"
    assert [one.evidence.quote for one in more(here, there, count=3, best=0.8)] == ["x"]


def test_what_shares_words_of_the_page_with_what_is_said_fills_nothing_up() -> None:
    first, second = sorted(passage(("One.", 0.9), ("Two.", 0.8)), key=lambda one: one.evidence.start)
    both = dataclasses.replace(second, evidence=dataclasses.replace(second.evidence, start=0, quote="One. Two."))
    assert fill([first], [first, both]) == "One."
    assert fill([first], [first, second]) == "One.Two."


def test_passages_of_the_first_document_stand_in_its_order_before_others() -> None:
    def at(name: str, start: int, of: str) -> Candidate:
        plain = candidate(name, 0.5, [1, 0], document=of)
        chunk = Chunk(of, start, start + len(name), name)
        hit = dataclasses.replace(plain.evidence.hit, chunk=chunk)
        evidence = dataclasses.replace(plain.evidence, start=start, end=start + len(name), hit=hit)
        return dataclasses.replace(plain, evidence=evidence)

    said = [at("best", 50, "d"), at("else", 0, "e"), at("late", 90, "d"), at("soon", 10, "d"), at("also", 5, "c")]
    assert [one.evidence.quote for one in by_passage(said)] == ["best", "soon", "late", "else", "also"]
    assert by_passage([]) == []


def test_chosen_sentences_far_below_the_best_are_left_out_but_two_stay() -> None:
    near = [candidate("a", 0.8, [1, 0]), candidate("b", 0.75, [1, 0])]
    far = [candidate("c", 0.3, [0, 1]), candidate("d", 0.2, [0, 1])]
    assert [one.evidence.quote for one in near_the_best([*far, *near])] == ["a", "b"]
    assert [one.evidence.quote for one in near_the_best(far)] == ["c", "d"]
    assert [one.evidence.quote for one in near_the_best([near[0], *far])] == ["a", "c"]
