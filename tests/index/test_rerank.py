from collections.abc import Sequence
from pathlib import Path

import pytest

from index import building, generation
from index.errors import ModelError
from index.rerank import CrossEncoder, RerankingSearcher
from index.search import HybridSearcher
from tests.parts import HashEmbedder, document


class ShortestFirst:
    """Prefers short passages, so that its order is known."""

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        assert query
        return [-float(len(passage)) for passage in passages]


@pytest.fixture
def searcher(tmp_path: Path) -> HybridSearcher:
    texts = {
        "a": "A canary release takes traffic slowly and with care.",
        "b": "Canary release.",
        "c": "A canary release now.",
    }
    building.build([document(text, id=id) for id, text in texts.items()], root=tmp_path, embedder=HashEmbedder())
    return HybridSearcher(generation.open_current(tmp_path), HashEmbedder())


def test_the_best_hits_are_read_again_and_ranked_anew(searcher: HybridSearcher) -> None:
    hits = RerankingSearcher(searcher, ShortestFirst()).search("canary release", k=3)
    assert [hit.document.id for hit in hits] == ["b", "c", "a"]
    assert [hit.rank for hit in hits] == [1, 2, 3]


def test_what_lies_below_the_depth_keeps_its_order_and_a_lower_score(searcher: HybridSearcher) -> None:
    before = searcher.search("canary release", k=3)
    hits = RerankingSearcher(searcher, ShortestFirst(), depth=1).search("canary release", k=3)
    assert [hit.chunk.id for hit in hits] == [hit.chunk.id for hit in before]
    assert hits[0].score > hits[1].score >= hits[2].score


@pytest.mark.parametrize("depth", [0, 51])
def test_a_depth_that_would_freeze_the_machine_is_refused(searcher: HybridSearcher, depth: int) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        RerankingSearcher(searcher, ShortestFirst(), depth=depth)


def test_a_folder_without_a_model_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no config.json"):
        CrossEncoder(tmp_path)


@pytest.mark.model
def test_a_real_cross_encoder_is_loaded_from_its_folder(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "canary", "release", "batch"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    encoder = CrossEncoder(tmp_path)
    first = encoder.scores("canary release", ["canary", "batch"])
    assert len(first) == 2
    assert encoder.scores("canary release", ["batch", "canary"]) == pytest.approx(first[::-1], abs=1e-5)
    assert encoder.scores("canary", []) == []
