"""The reader that comes with ninestep: sentences of the field guide, and some of which nobody has asked anything."""

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from assistant import organisations, question, reading
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.reading import Reader, Reading
from assistant.sufficiency import Judge, Sufficiency
from index import embed
from index.errors import ModelError
from index.search import HybridSearcher
from index.types import Vectors

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
    vector, near = candidates[0].vector, candidates[:3]
    mixed = [replace(near[0], asked=None), near[1], replace(near[2], asked=None)]
    read = reading.default().read("what is position bias", mixed, vector)
    assert [one.denies is None for one in read] == [True, False, True]
    assert read[0] == reading.unread(float(near[0].vector @ vector))
    text = reading.put(near[1].evidence.document.title, near[1].evidence.quote)
    answers, denies = reading.default().logits("what is position bias", [text])[0]
    assert read[1].answers == pytest.approx(answers, abs=1e-3)
    assert read[1].denies == pytest.approx(denies, abs=1e-3)


def test_what_is_expected_rises_with_nearness_and_what_is_not_read_denies_nothing() -> None:
    assert reading.unread(0.8).answers > reading.unread(0.4).answers
    assert reading.gainsaid([Reading(0.0, -3.0), reading.unread(0.9), Reading(1.0, -2.0)]) == -2.0
    assert reading.gainsaid([reading.unread(0.9)]) == reading.gainsaid([])


@pytest.mark.model
def test_the_vectors_of_word_pieces_are_those_of_the_embedder() -> None:
    from safetensors.numpy import load_file

    folder = embed.default_folder()
    theirs = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert (reading.word_vectors(folder) == theirs).all()


def test_a_question_is_read_without_what_not_everybody_types() -> None:
    assert reading.asked("Why does MRR exist?? ") == reading.asked("why does mrr exist")


@pytest.mark.model
def test_a_reader_without_its_weights_or_with_others_says_what_to_do(tmp_path: Path) -> None:
    with resources.as_file(resources.files("assistant") / reading.MODEL) as path:
        shutil.copy(path, tmp_path)
        weights = path.with_suffix(".bin").read_bytes()
    with pytest.raises(ModelError, match=r"reading.xml cannot be opened; reinstall ninestep"):
        Reader(tmp_path, words=embed.default_folder()).logits("what is MRR", [MRR])
    (tmp_path / "reading.bin").write_bytes(weights[:-4] + b"\0\0\0\1")
    expected = reading.record()["digest"]
    with pytest.raises(ModelError, match="not those that were fitted; reinstall"):
        Reader(tmp_path, words=embed.default_folder(), expected_digest=expected).logits("what is MRR", [MRR])


def test_word_vectors_that_are_not_there_are_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="point at a complete model"):
        reading.word_vectors(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    with pytest.raises(ModelError, match="no word vectors in 32 bits"):
        reading.word_vectors(tmp_path)


def test_sufficiency_was_fitted_with_this_reader() -> None:
    held = json.loads((resources.files("assistant") / "sufficiency.json").read_text(encoding="utf-8"))
    assert held["reader"] == reading.record()["digest"]


class Scripted(Reader):
    """Reads what it is told to, and remembers what it was asked."""

    def __init__(self, readings: dict[str, Reading]) -> None:
        self.readings = readings
        self.asked: list[tuple[str, int]] = []

    def read(self, question: str, sentences: Sequence[Candidate], vector: Vectors) -> list[Reading]:  # noqa: ARG002 - it reads by words
        self.asked.append((question, len(sentences)))
        return [self.readings.get(question, Reading(-4.0, -1.0)) for _ in sentences]


def _judged(guide: Assistant, text: str, reader: Reader) -> Sufficiency:
    asked = question.understand(text)
    with guide._serving.generation() as generation:
        searcher = HybridSearcher(generation, guide._embedder)
        known = organisations.with_other_names(generation.organisations)
        judge = Judge(generation, guide._embedder, searcher, known, reader=reader)
        vector = guide._embedder.encode_query([asked.query])[0]
        return judge.judge(asked, searcher.search_vector(asked.query, vector, k=12), vector)


@pytest.mark.model
def test_the_judge_reads_the_nearest_sentences_and_weighs_what_it_read(guide: Assistant) -> None:
    asked = "why does position bias spoil click labels"
    good, bad = Scripted({asked: Reading(3.0, -4.0)}), Scripted({asked: Reading(-5.0, 4.0)})
    one, other = _judged(guide, asked, good), _judged(guide, asked, bad)
    assert good.asked == [(asked, 8)]
    assert (one.signs.answered, other.signs.answered) == (3.0, -5.0)
    assert one.premise is not None
    assert other.premise is not None
    assert (one.premise.gainsaid, other.premise.gainsaid) == (-4.0, 4.0)
    assert one.chance > other.chance


@pytest.mark.model
def test_of_two_questions_in_one_each_is_read_and_the_better_reading_counts(guide: Assistant) -> None:
    text = "what is position bias and how is calibration measured"
    parts = [put for _, put in question.parts(text)]
    reader = Scripted({parts[1]: Reading(2.0, -2.0)})
    assert _judged(guide, text, reader).signs.answered == 2.0
    assert [asked for asked, _ in reader.asked] == parts


@pytest.mark.model
def test_a_design_is_not_read(guide: Assistant) -> None:
    reader = Scripted({})
    assert _judged(guide, "Design a newsfeed", reader).signs.answered == 0
    assert reader.asked == []
