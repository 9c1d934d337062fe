"""Pairs of questions: each rests on a sentence of the field guide."""

import re
from collections import Counter

import pytest

from eval import pairs
from eval.pairs import Pair
from ingest import guide


def test_every_pair_rests_on_a_sentence_of_the_field_guide() -> None:
    texts = {document.id: _words(document.text) for document in guide.documents()}
    held = pairs.load()
    assert len(held) > 4000
    missing = [pair.quote for pair in held if _words(pair.quote) not in texts[pair.document]]
    assert missing == []
    assert {pair.document for pair in held} == set(texts)


def test_no_question_is_asked_twice_and_every_kind_is_there() -> None:
    held = pairs.load()
    asked = Counter(" ".join(text.lower().split()) for pair in held for text in (pair.yes, pair.no))
    assert max(asked.values()) == 1
    assert min(Counter(pair.kind for pair in held).values()) > 500


def test_a_line_that_is_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="no pair of a known kind"):
        pairs._read('{"document": "a", "quote": "b", "kind": "other", "yes": "c", "no": "d"}')
    with pytest.raises(ValueError, match="no pair of a known kind"):
        pairs._read('{"document": "a"}')


def test_what_is_declined_is_counted_by_kind_and_side() -> None:
    held = [
        Pair("one", "Quote.", "detail", "a?", "b?"),
        Pair("one", "Quote.", "detail", "c?", "d?"),
        Pair("one", "Quote.", "premise", "e?", "f?"),
    ]
    told = pairs.declined(held, is_declined={"b?", "c?", "d?"}.__contains__)
    assert told == {"detail": (2, 0.5, 1.0), "premise": (1, 0.0, 0.0)}


def _words(text: str) -> str:
    """The words of a text: the rules of a table are none."""
    return " ".join(re.findall(r"\w+", text))
