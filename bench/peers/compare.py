"""ninestep beside other ways to search the same passages, in one run on one machine.

Every system gets the same texts and the same vectors of the same model, and answers the same questions one by one:
ninestep's hybrid search, txtai's hybrid index, sentence-transformers with FAISS (dense alone), bm25s and rank-bm25
(lexical alone). Each works in a process of its own, so memory is its own; times are told on the clock and of the
processor. torch, FAISS and NumPy get as many threads as is said, one by default: with more they wait for each other on
a machine that does other work.

    python bench/peers/compare.py INDEX [--questions N] [--threads N] > peers.json

INDEX is what `ninestep eval latency --chunks N` has built, such as ~/.local/share/ninestep/eval/latency-5000.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eval import golden, results
from eval.latency import percentiles
from index import embed, generation
from index.search import HybridSearcher

DEPTH = 10

Search = Callable[[str], object]
Setup = Callable[[Path, Path], Search]


def ninestep(index: Path, cache: Path) -> Search:
    """The product's own hybrid search."""
    model = embed.load(embed.DEFAULT_MODEL, cache=cache)
    searcher = HybridSearcher(generation.open_current(index), model)
    return lambda text: searcher.search(text, k=DEPTH)


def txtai_hybrid(index: Path, _: Path) -> Search:
    """Its own BM25 beside FAISS, default weights; vectors are handed over, queries encoded by sentence-transformers."""
    import txtai

    texts, vectors = _passages(index)
    rows = dict(zip(texts, vectors, strict=True))
    theirs = _sentence_transformer()

    def transform(batch: list[str]) -> np.ndarray:
        if all(text in rows for text in batch):
            return np.stack([rows[text] for text in batch])
        return theirs.encode(batch, normalize_embeddings=True, show_progress_bar=False)

    held = txtai.Embeddings(method="external", transform=transform, hybrid=True, content=True)
    held.index(enumerate(texts))
    return lambda text: held.search(text, DEPTH)


def sentence_transformers_faiss(index: Path, _: Path) -> Search:
    """What most tutorials build: exact inner products in FAISS, the text read from a list."""
    import faiss

    texts, vectors = _passages(index)
    theirs = _sentence_transformer()
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(np.ascontiguousarray(vectors))

    def search(text: str) -> list[str]:
        _, rows = flat.search(theirs.encode([text], normalize_embeddings=True, show_progress_bar=False), DEPTH)
        return [texts[row] for row in rows[0]]

    return search


def bm25s_lexical(index: Path, _: Path) -> Search:
    """Sparse matrices of BM25 scores, computed beforehand."""
    import bm25s

    texts, _ = _passages(index)
    held = bm25s.BM25(corpus=texts)
    held.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def search(text: str) -> object:
        return held.retrieve(bm25s.tokenize(text, show_progress=False), k=DEPTH, show_progress=False)

    return search


def rank_bm25_lexical(index: Path, _: Path) -> Search:
    """BM25 in plain Python over every passage."""
    from rank_bm25 import BM25Okapi

    texts, _ = _passages(index)
    held = BM25Okapi([text.lower().split() for text in texts])
    return lambda text: held.get_top_n(text.lower().split(), texts, n=DEPTH)


SYSTEMS: dict[str, Setup] = {
    "ninestep": ninestep,
    "txtai hybrid": txtai_hybrid,
    "sentence-transformers + FAISS (dense)": sentence_transformers_faiss,
    "bm25s (lexical)": bm25s_lexical,
    "rank-bm25 (lexical)": rank_bm25_lexical,
}


def _passages(index: Path) -> tuple[list[str], np.ndarray]:
    held = generation.open_current(index)
    chunks = held.chunks(range(held.manifest.chunks))
    return [one.indexed_text for one in chunks], held.dense.vectors(np.arange(len(chunks)))


def _sentence_transformer():  # noqa: ANN202 - imported late
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(embed.default_folder()), local_files_only=True)


def run(name: str, index: Path, cache: Path, questions: list[str]) -> dict[str, object]:
    """Set a system up and ask it all questions twice; the second time counts."""
    started = time.perf_counter()
    search = SYSTEMS[name](index, cache)
    ready = time.perf_counter() - started
    for question in questions[: max(len(questions) // 4, 1)]:
        search(question)
    wall, processor = [], []
    for question in questions:
        clock, spent = time.perf_counter(), time.process_time()
        search(question)
        wall.append(time.perf_counter() - clock)
        processor.append(time.process_time() - spent)
    return {
        "system": name,
        "search_ms": percentiles(wall),
        "processor_ms": percentiles(processor),
        "ready_s": round(ready, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--cache", type=Path, help="where the compiled model lies (default: beside the index)")
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1, help="of torch, FAISS and NumPy, in every system")
    arguments = parser.parse_args()
    cache = arguments.cache or arguments.index.parent.parent / "cache"
    asked = [one.question for one in golden.answerable(golden.load(), golden.Split.TEST)][: arguments.questions]
    origin = results.origin()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(arguments.threads)  # read by each process
    load, found = os.getloadavg()[0], []
    for name in SYSTEMS:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(run, (name, arguments.index, cache, asked)))
        print(f"{name}: done", file=sys.stderr)
    told = {"made": origin.made, "commit": origin.commit, "machine": origin.machine}
    print(json.dumps(told | {"load": round(load, 1), "threads": arguments.threads, "systems": found}))


if __name__ == "__main__":
    main()
