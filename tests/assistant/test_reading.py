"""The reader that comes with ninestep: sentences of the field guide, and some of which nobody has asked anything."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant import reading
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.reading import Reader
from index import embed
from index.errors import ModelError

KALMAN = reading.put(
    "Multi-object tracking",
    "SORT (Bewley and colleagues, 2016) used a Kalman filter with constant velocity and Hungarian matching on box "
    "overlap, and its tracking part alone ran at 260 frames per second.",
)
MRR = reading.put(
    "Ranking metrics",
    "Mean reciprocal rank (MRR) looks only at the first relevant item and suits navigational search and question "
    "answering.",
)


@pytest.mark.model
@pytest.mark.parametrize(
    ("true", "false", "text"),
    [
        ("why does SORT match by box overlap", "why does SORT match by appearance alone", KALMAN),
        ("why is MRR right for navigational search", "why does MRR reward every relevant item", MRR),
    ],
)
def test_what_a_sentence_bears_out_is_told_from_what_it_denies(true: str, false: str, text: str) -> None:
    reader = reading.default()
    (bears_out,), (denies,) = reader.logits(true, [text]), reader.logits(false, [text])
    assert bears_out[0] > denies[0]
    assert bears_out[1] < denies[1]


@pytest.mark.model
def test_the_sentence_that_answers_is_told_from_the_one_that_does_not() -> None:
    answers = reading.default().logits("how fast is SORT?", [MRR, KALMAN])[:, 0]
    assert answers[1] > answers[0]


@pytest.mark.model
def test_a_pair_has_one_reading_whether_read_alone_or_beside_others_or_by_many_threads() -> None:
    reader = reading.default()
    texts = [MRR, KALMAN, f"{MRR} {KALMAN}"] * 8
    alone = np.concatenate([reader.logits("what is MRR", [text]) for text in texts])
    assert np.abs(reader.logits("what is MRR", texts) - alone).max() < 0.05
    with ThreadPoolExecutor(4) as pool:
        crowded = list(pool.map(lambda text: reader.logits("what is MRR", [text])[0], texts))
    assert np.abs(np.array(crowded) - alone).max() < 0.05


@pytest.mark.model
def test_no_sentences_have_no_readings_and_a_question_of_any_length_is_read() -> None:
    reader = reading.default()
    assert reader.logits("what is MRR", []).shape == (0, 2)
    assert np.isfinite(reader.logits("why " * 4000, [MRR])).all()


@pytest.mark.model
def test_a_sentence_of_which_no_question_is_known_gets_what_is_expected_of_one_as_near(guide: Assistant) -> None:
    candidates, _ = guide.weighed("what is position bias")
    vector = candidates[0].vector
    unknown = [replace(one, asked=None) for one in candidates[:3]]
    read = reading.default().read("what is position bias", [unknown[0], candidates[1], unknown[2]], vector)
    same = reading.default().read("something else", [unknown[0], candidates[1], unknown[2]], vector)
    assert read[0] == same[0]
    assert read[2] == same[2]
    assert read[1] != same[1]
    assert read[0].answers > read[2].answers or _cosine(unknown[0], vector) <= _cosine(unknown[2], vector)


def _cosine(one: Candidate, vector: np.ndarray) -> float:
    return float(one.vector @ vector)


@pytest.mark.model
def test_the_vectors_of_word_pieces_are_those_of_the_embedder() -> None:
    from safetensors.numpy import load_file

    folder = embed.default_folder()
    theirs = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert (reading.word_vectors(folder) == theirs).all()


def test_a_question_is_read_without_what_not_everybody_types() -> None:
    assert reading.asked("Why does MRR exist?? ") == reading.asked("why does mrr exist")


@pytest.mark.model
def test_a_reader_without_its_weights_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / reading.MODEL).write_text("<net>", encoding="utf-8")
    with pytest.raises(ModelError, match=r"reading.xml cannot be opened; reinstall ninestep"):
        Reader(tmp_path, words=embed.default_folder()).logits("what is MRR", [MRR])
