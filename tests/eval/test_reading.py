"""Fitting a reader: a small real network over a small library, saved and opened again."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from assistant import reading
from eval import reading as fitting
from eval import written
from eval.reading import UNKNOWN, Example, Put, Sentence
from index import embed
from tests.parts import HashEmbedder

SKY, GRASS = Sentence("sky", "The sky", "The sky is blue by day."), Sentence("grass", "Grass", "Grass is green in May.")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one narrow layer with the word pieces of the default embedder."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("small")
    config = BertConfig(
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    shutil.copy(embed.default_folder() / "tokenizer.json", folder)
    return folder


@pytest.mark.model
def test_what_was_fitted_reads_the_same_when_it_was_saved_and_opened(small: Path, tmp_path: Path) -> None:
    read = [
        Example(f"{word} {colour}", sentence, float(right), float(not right))
        for word in ("why is it", "since it is", "when was it", "how is it")
        for colour in ("blue", "green")
        for sentence in (SKY, GRASS)
        for right in [(colour == "blue") == (sentence is SKY)]
    ]
    network = fitting.fit(read * 8, small, seed=1, passes=30, rate=3e-3)
    fitting.save(network, tmp_path)
    reader = reading.Reader(tmp_path, words=small)
    for question, own in (("why is it blue", 0), ("since it is green", 1)):
        logits = reader.logits(question, [reading.put(one.title, one.quote) for one in (SKY, GRASS)])
        assert logits[own, 0] > 1 > -1 > logits[1 - own, 0]
        assert logits[own, 1] < -1 < 1 < logits[1 - own, 1]


def test_a_question_is_read_with_its_own_sentence_and_with_near_ones_that_do_not_answer() -> None:
    held = [Sentence("d", "Colours", f"Colour number {number} is told here.") for number in range(30)]
    held.append(Sentence("d", "Colours", "Colour number 3 is told here as well."))
    asked = [
        Put("which colour is number 3", 3, 1.0, 0.0),
        Put("which colour is number 3 then", 30, 1.0, 0.0),
        Put("why is colour number 4 untold", 4, 0.0, 1.0),
        Put("who painted it", None, 0.0, UNKNOWN),
    ]
    read = fitting.examples(asked, held, HashEmbedder(), seed=0)
    of = {one.text: [example for example in read if example.question == one.text] for one in asked}
    first = of["which colour is number 3"]
    assert first[0] == Example("which colour is number 3", held[3], 1.0, 0.0)
    assert [(one.answers, one.denies) for one in first[1:]] == [(0.0, UNKNOWN)] * 2
    assert held[30] not in [one.sentence for one in first]  # it answers nearly the same question
    assert Counter(one.denies for one in of["why is colour number 4 untold"]) == {1.0: 1, UNKNOWN: 1}
    assert [one.answers for one in of["who painted it"]] == [0.0] * 4


def test_true_and_false_claims_are_not_told_apart_by_their_words_alone() -> None:
    """Words tell 0.74, mostly by what is invented ("replaced", "always"); the rest must come from the sentence."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    claims = written.claims()
    rows = [(text, True, place) for place, one in enumerate(claims) for text in one.true]
    rows += [(text, False, place) for place, one in enumerate(claims) for text in one.false]
    words = csr_matrix(CountVectorizer(ngram_range=(1, 2), min_df=3).fit_transform(text for text, _, _ in rows))
    true, even = np.array([row[1] for row in rows]), np.array([row[2] % 2 == 0 for row in rows])
    model = LogisticRegression(C=0.05, max_iter=500).fit(words[even], true[even])
    chances = model.predict_proba(words[~even])[:, 1]
    order = np.argsort(chances)
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    good = true[~even]
    auroc = (ranks[good].sum() - good.sum() * (good.sum() + 1) / 2) / (good.sum() * (~good).sum())
    assert auroc < 0.8
