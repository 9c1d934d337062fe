"""Fit the reader: whether a sentence answers a question, and whether it denies what the question takes for granted.

Run as `python -m eval.reading`, after the field guide or the questions beside it changed; it takes an hour or more on
two cores that multiply bfloat16 by themselves, and writes assistant/reading.xml and assistant/reading.bin. All that is
read was written for it over the field guide: the questions beside its chapters; those of eval/fitting/claims.jsonl,
five a sentence, two that are true to it and three that take something false for granted (its contrary, another thing in
its place, something invented); those of details.jsonl there, which ask for what a chapter states or does not
(eval/written.py); and the golden pairs without their premises, on which eval/sufficiency.py is fitted. The golden
questions and enough.txt are not read.

Each question is read with its own sentence and with some that are near it by the embedder and do not answer it; a
sentence with a question of its own that is as near as `_SAME` may answer as well and is left out. Both outcomes are
fitted by cross-entropy, the second only where it is known, over the six layers of the embedder (mean and first output
joined); the vectors of word pieces stay as they are, so that they need not be kept again. `python -m eval.sufficiency`
must follow.
"""

import json
import random
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from assistant import build, reading, settings
from eval import pairs, written
from index import embed, quantize
from index.types import Embedder, Vectors
from ingest import guide
from ingest.types import Document

_PASSES = 2
_BATCH = 64
_RATE, _HEAD, _WARM, _LEAST = 6e-5, 10, 0.06, 0.02  # the head's is ten times the layers'
_NEAR = 20  # sentences that are near a question, of which some are read with it
_SAME = 0.72  # cosine of two questions that one sentence may answer
_NEAREST, _FARTHER = 3, 2
_BESIDE_TRUE, _BESIDE_FALSE, _BESIDE_NONE = 2, 1, 4  # sentences read besides the one that decides
_BUCKET = 50  # batches that are sorted by length together
_REPORT = 100

UNKNOWN = -1.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the field guide.

    Attributes:
        title: Of its document.
    """

    document: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Put:
    """A question.

    Attributes:
        of: The number of the sentence that decides; None where none does.
        answers: Whether that answers it.
        denies: Whether it denies what the question takes for granted; `UNKNOWN` where nobody said.
    """

    text: str
    of: int | None
    answers: float
    denies: float


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a sentence, with what is known of both."""

    question: str
    sentence: Sentence
    answers: float
    denies: float


def sentences(documents: Sequence[Document]) -> list[Sentence]:
    """The sentences of a library beside which questions are written."""
    return [
        Sentence(document.id, document.title, quote)
        for document in documents
        for quote in dict.fromkeys(document.text[one.start : one.end] for one in document.asked)
    ]


def put(documents: Sequence[Document], held: Sequence[Sentence]) -> list[Put]:
    """All questions that are read."""
    number = {(one.document, one.quote): place for place, one in enumerate(held)}
    found = [
        Put(one.question, number[document.id, document.text[one.start : one.end]], 1.0, 0.0)
        for document in documents
        for one in document.asked
    ]
    for pair in pairs.load():
        of = number.get((pair.document, pair.quote))
        if of is not None and pair.kind != "premise":
            found += [Put(pair.yes, of, 1.0, 0.0), Put(pair.no, of, 0.0, UNKNOWN)]
    for claims in written.claims():
        of = _of(number, claims.document, claims.quote)
        found += [Put(text, of, 1.0, 0.0) for text in claims.true]
        found += [Put(text, of, 0.0, 1.0) for text in claims.false]
    for detail in written.details():
        of = _of(number, detail.document, detail.quote) if detail.quote else None
        found.append(Put(detail.question, of, float(of is not None), 0.0 if of is not None else UNKNOWN))
    return found


def _of(number: Mapping[tuple[str, str], int], document: str, quote: str) -> int:
    if (document, quote) not in number:
        raise ValueError(
            f"eval/fitting/: {document} has no such sentence any more, reword or drop its lines: {quote[:120]}"
        )
    return number[document, quote]


def examples(questions: Sequence[Put], held: Sequence[Sentence], embedder: Embedder, *, seed: int) -> list[Example]:
    """Each question with the sentence that decides, and with some near ones that do not answer it."""
    drawn = random.Random(seed)
    of_sentences = embedder.encode([one.quote for one in held])
    vectors = embedder.encode([one.text for one in questions])
    known: dict[int, list[Vectors]] = {}
    for one, vector in zip(questions, vectors, strict=True):
        if one.of is not None and one.answers:
            known.setdefault(one.of, []).append(vector)
    found: list[Example] = []
    for one, vector in zip(questions, vectors, strict=True):
        if one.of is not None:
            found.append(Example(one.text, held[one.of], one.answers, one.denies))
        near = _beside(vector, of_sentences, known, but=one.of)
        among = near[:_NEAREST] + drawn.sample(near[_NEAREST:], min(_FARTHER, len(near[_NEAREST:])))
        count = _BESIDE_NONE if one.of is None else _BESIDE_TRUE if one.answers else _BESIDE_FALSE
        found += [Example(one.text, held[place], 0.0, UNKNOWN) for place in drawn.sample(among, min(count, len(among)))]
    return found


def _beside(vector: Vectors, of_sentences: Vectors, known: dict[int, list[Vectors]], *, but: int | None) -> list[int]:
    """The sentences near a question that do not answer it, nearest first."""
    scores = of_sentences @ vector
    top = np.argpartition(-scores, _NEAR)[:_NEAR]
    return [
        int(place)
        for place in top[np.argsort(-scores[top])]
        if place != but and (but is None or _nearest(vector, known.get(int(place), ())) <= _SAME)
    ]


def _nearest(vector: Vectors, others: Sequence[Vectors]) -> float:
    return max((float(one @ vector) for one in others), default=0.0)


class Network(torch.nn.Module):
    """The layers of the embedder over vectors of word pieces, and two outputs.

    Args:
        folder: Of the embedder.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import BertModel

        super().__init__()
        self.body = BertModel.from_pretrained(str(folder), add_pooling_layer=False, local_files_only=True)
        self.body.embeddings.word_embeddings.requires_grad_(requires_grad=False)
        self.head = torch.nn.Linear(2 * self.body.config.hidden_size, 2)

    def forward(self, words: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Log odds, of shape (texts, 2)."""
        hidden = self.body(inputs_embeds=words, token_type_ids=kinds, attention_mask=mask, return_dict=False)[0]
        there = mask[:, :, None].to(hidden.dtype)
        mean = (hidden * there).sum(1) / there.sum(1)
        logits: torch.Tensor = self.head(torch.cat([hidden[:, 0], mean], dim=1).float())
        return logits


def fit(read: Sequence[Example], folder: Path, *, seed: int, passes: float = _PASSES, rate: float = _RATE) -> Network:
    """Fit a network.

    Args:
        read: What it is fitted on.
        folder: Of the embedder that it begins with.
        seed: Of its head and of the order.
        passes: Over all examples.
        rate: Of learning, at its highest.
    """
    torch.manual_seed(seed)
    network = Network(folder).train()
    pieces = reading.tokenizer(folder).encode_batch(
        [(reading.asked(one.question), reading.put(one.sentence.title, one.sentence.quote)) for one in read]
    )
    steps = max(int(len(read) * passes) // _BATCH, 1)
    body = [one for one in network.body.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": network.head.parameters(), "lr": _HEAD * rate}], weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share(step, steps))
    losses: list[tuple[float, float]] = []
    began = time.monotonic()
    for step, rows in enumerate(_batches([len(one.ids) for one in pieces], steps, seed), start=1):
        inputs = _inputs(network, [pieces[row] for row in rows])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(*inputs).float()
        answers, denies = _losses(logits, [read[row] for row in rows])
        (answers + denies).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append((answers.item(), denies.item()))
        if step % _REPORT == 0:
            answered, denied = np.mean(losses[-_REPORT:], axis=0)
            sys.stderr.write(f"{step} of {steps}, {time.monotonic() - began:.0f} s: {answered:.3f} {denied:.3f}\n")
    return network.eval()


def _share(step: int, steps: int) -> float:
    """Of the rate: up, then down in a line."""
    return min(1.0, (step + 1) / (steps * _WARM)) * max(_LEAST, 1 - step / steps)


def _batches(lengths: Sequence[int], steps: int, seed: int) -> Iterator[list[int]]:
    """Rows, a batch each, of like length; all rows before any comes again."""
    drawn = random.Random(seed)
    given = 0
    while given < steps:
        rows = drawn.sample(range(len(lengths)), len(lengths))
        for start in range(0, len(rows), _BATCH * _BUCKET):
            bucket = sorted(rows[start : start + _BATCH * _BUCKET], key=lengths.__getitem__)
            cut = [bucket[place : place + _BATCH] for place in range(0, len(bucket), _BATCH)]
            for batch in drawn.sample(cut, len(cut))[: steps - given]:
                given += 1
                yield batch


def _inputs(network: Network, pieces: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    longest = max(len(one.ids) for one in pieces)
    ids, kinds, mask = (torch.zeros((len(pieces), longest), dtype=torch.int64) for _ in range(3))
    for row, one in enumerate(pieces):
        there = len(one.ids)
        ids[row, :there], kinds[row, :there] = torch.tensor(one.ids), torch.tensor(one.type_ids)
        mask[row, :there] = 1
    return network.body.embeddings.word_embeddings(ids), kinds, mask


def _losses(logits: torch.Tensor, read: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of both outcomes, the second over those of which it is known."""
    answers, denies = (torch.tensor([getattr(one, name) for one in read]) for name in ("answers", "denies"))
    known = (denies != UNKNOWN).float()
    each = binary_cross_entropy_with_logits(logits[:, 1], denies.clamp(0), reduction="none")
    return binary_cross_entropy_with_logits(logits[:, 0], answers), (each * known).sum() / known.sum().clamp(1)


def save(network: Network, folder: Path) -> None:
    """Write it as OpenVINO reads it, its matrices in eight bits, with its digest."""
    import openvino

    size = network.body.config.hidden_size
    example = (torch.zeros((2, 8, size)), torch.zeros((2, 8), dtype=torch.int64), torch.ones((2, 8), dtype=torch.int64))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of branches that depend on shapes
        model = openvino.convert_model(network.eval(), example_input=example)
    quantize.quantise(model)
    openvino.save_model(model, folder / reading.MODEL, compress_to_fp16=False)
    text = json.dumps({"digest": reading.digest(folder)}) + "\n"
    (folder / "reading.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Fit and write."""
    embedder = build.embedder(settings.read())
    documents = guide.documents()
    held = sentences(documents)
    read = examples(put(documents, held), held, embedder, seed=0)
    sys.stderr.write(f"{len(read)} pairs of a question and a sentence\n")
    network = fit(read, embed.default_folder(), seed=0)
    with resources.as_file(resources.files("assistant") / reading.MODEL) as path:
        save(network, path.parent)


if __name__ == "__main__":
    main()
