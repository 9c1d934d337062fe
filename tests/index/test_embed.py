import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import embed, quantize
from index.embed import DEFAULT_MODEL, CompiledEmbedder
from index.errors import ModelError
from index.types import Embedder
from index.vectors import VectorStore
from tests.parts import HashEmbedder

TEXTS = [
    "two-tower or cross-encoder?",
    "A ranker orders candidates by their predicted value. " * 12,
    "word " * 600,
    "x",
]


@pytest.fixture(scope="module")
def compiled(guide_home: Path) -> Embedder:
    return embed.load(DEFAULT_MODEL, cache=guide_home / "cache")


@pytest.mark.model
def test_the_compiled_copy_gives_the_vectors_of_sentence_transformers(compiled: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(embed.default_folder()), local_files_only=True)
    expected = theirs.encode(TEXTS * 20, normalize_embeddings=True, show_progress_bar=False)
    assert np.abs(compiled.encode(TEXTS * 20) - expected).max() < 1e-4
    assert np.abs(compiled.encode(TEXTS[:1]) - expected[:1]).max() < 1e-4


@pytest.mark.model
def test_a_text_has_one_vector_whether_asked_alone_or_beside_others(compiled: Embedder) -> None:
    alone = [compiled.encode([text])[0] for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        crowded = list(pool.map(lambda place: compiled.encode([TEXTS[place % len(TEXTS)]])[0], range(40)))
    for place, vector in enumerate(crowded):
        assert np.abs(vector - alone[place % len(TEXTS)]).max() < 1e-5


@pytest.mark.model
def test_the_vector_of_a_query_is_nearly_that_of_the_passage(compiled: Embedder) -> None:
    exact, fast = compiled.encode(TEXTS), compiled.encode_query(TEXTS)
    assert ((exact * fast).sum(axis=1) > 0.997).all()
    assert np.allclose(np.linalg.norm(fast, axis=1), 1, atol=1e-5)
    assert (exact[0] == fast[0]).all() != quantize.pays()


@pytest.mark.model
def test_a_query_has_one_vector_whether_asked_alone_or_beside_others(compiled: Embedder) -> None:
    alone = [compiled.encode_query([text])[0] for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        crowded = list(pool.map(lambda place: compiled.encode_query([TEXTS[place % len(TEXTS)]])[0], range(40)))
    for place, vector in enumerate([*crowded, *compiled.encode_query(TEXTS)]):
        assert np.abs(vector - alone[place % len(TEXTS)]).max() < 1e-3


@pytest.mark.model
def test_a_processor_not_made_for_eight_bits_computes_queries_in_32(
    guide_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantize, "pays", lambda: False)
    here = embed.load(DEFAULT_MODEL, cache=guide_home / "cache")
    assert (here.encode_query(TEXTS) == here.encode(TEXTS)).all()


@pytest.mark.model
def test_a_model_can_be_measured_as_it_was_published(compiled: Embedder) -> None:
    measured = embed.exact(compiled)
    assert (measured.encode_query(TEXTS) == compiled.encode(TEXTS)).all()
    assert (compiled.encode_query(TEXTS) == compiled.encode(TEXTS)).all() != quantize.pays()
    assert embed.exact(HashEmbedder()).digest == HashEmbedder.digest


@pytest.mark.model
def test_vectors_have_length_one_and_no_texts_give_no_rows(compiled: Embedder) -> None:
    assert compiled.encode([]).shape == (0, compiled.dimension)
    assert np.allclose(np.linalg.norm(compiled.encode(TEXTS), axis=1), 1, atol=1e-5)


@pytest.mark.model
def test_tokens_are_counted_without_cutting(compiled: Embedder) -> None:
    assert compiled.count_tokens("word " * 600) == 600
    assert compiled.max_tokens == 254


@pytest.mark.model
def test_serving_with_the_default_model_imports_no_torch(guide_home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from index import embed;"
        f"embed.load(embed.DEFAULT_MODEL, cache=Path({str(guide_home / 'cache')!r})).encode(['words']);"
        "print('torch' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_weights_that_differ_are_one_clear_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match="wanted 53aa51172d14…; reinstall"):
        CompiledEmbedder(folder, cache=tmp_path, expected_digest=embed._DEFAULT_DIGEST)


def test_a_model_folder_that_is_missing_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder at"):
        embed.load(str(tmp_path / "absent"), cache=tmp_path)


def test_a_model_folder_without_weights_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        embed.load(str(tmp_path), cache=tmp_path)


@pytest.mark.model
def test_another_model_loads_from_its_folder(tmp_path: Path) -> None:
    """A one-layer model, made here, in the layout of sentence-transformers."""
    source, folder = embed.default_folder(), tmp_path / "tiny"
    shutil.copytree(source, folder)
    settings = json.loads((folder / "config.json").read_text())
    settings |= {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    (folder / "config.json").write_text(json.dumps(settings))
    pooling = folder / "1_Pooling" / "config.json"
    pooled = json.loads(pooling.read_text())
    pooling.write_text(json.dumps(pooled | {key: 32 for key in pooled if key.endswith("dimension")}))
    from transformers import BertConfig, BertModel

    BertModel(BertConfig(**settings)).save_pretrained(folder)
    tiny = embed.load(str(folder), cache=tmp_path)
    assert tiny.dimension == 32
    assert tiny.encode(["one", "two"]).shape == (2, 32)
    assert tiny.encode([]).shape == (0, 32)
    assert tiny.count_tokens("one two") == 2
    assert np.array_equal(tiny.encode_query(["one"]), tiny.encode(["one"]))
    unprompted = tiny.digest

    prompts = folder / "config_sentence_transformers.json"
    prompts.write_text(
        json.dumps(json.loads(prompts.read_text()) | {"prompts": {"query": "ask: ", "document": "told: "}})
    )
    prompted = embed.load(str(folder), cache=tmp_path)
    assert np.allclose(prompted.encode_query(["one"]), tiny.encode(["ask: one"]), atol=1e-6)
    assert np.allclose(prompted.encode(["one"]), tiny.encode(["told: one"]), atol=1e-6)
    assert prompted.digest != unprompted


def test_a_text_that_was_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, HashEmbedder())
    first = store.encode(["a", "b", "a"])
    assert store.embedded == 2
    again = VectorStore(tmp_path, HashEmbedder())
    assert np.array_equal(
        again.encode(["b", "a", "c"]), np.stack([first[1], first[0], HashEmbedder().encode(["c"])[0]])
    )
    assert again.embedded == 1
    store.close()
    again.close()
