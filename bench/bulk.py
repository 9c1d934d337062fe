"""What indexing costs beside the encoder alone, over the same texts.

The guide's chapters, or every N-th of them, are cut, embedded and indexed as a whole; then the encoder alone gets the
texts that this embedded, each once. Both are told on the clock and of the processor, turn by turn, so that other work
on the machine meets both.

    python bench/bulk.py HOME [--every N] [--times N]

HOME is where the compiled model is kept; the indexes are made in a folder beside it and removed.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from eval import results
from index import building, embed, generation
from index.types import Embedder
from ingest import guide
from ingest.types import Document

Seconds = tuple[float, float]


def once(documents: Sequence[Document], model: Embedder, home: Path) -> dict[str, float]:
    """Build an index and encode its texts again; seconds of both, and the encoder's share."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        before = _now()
        building.build(documents, root=Path(folder), embedder=model)
        whole = _since(before)
        held = generation.open_current(Path(folder))
        texts = list(dict.fromkeys(held.embedded_texts()))
        held.close()
    before = _now()
    model.encode(texts)
    alone = _since(before)
    return {
        "texts": len(texts),
        "index_s": round(whole[0], 1),
        "encoder_s": round(alone[0], 1),
        "index_processor_s": round(whole[1], 1),
        "encoder_processor_s": round(alone[1], 1),
        "ratio": round(alone[0] / whole[0], 2),
        "processor_ratio": round(alone[1] / whole[1], 2),
    }


def _now() -> Seconds:
    return time.perf_counter(), time.process_time()


def _since(before: Seconds) -> Seconds:
    wall, processor = _now()
    return wall - before[0], processor - before[1]


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--every", type=int, default=9, help="take every N-th chapter")
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    model = embed.load(embed.DEFAULT_MODEL, cache=arguments.home / "cache")
    documents = guide.documents()[:: arguments.every]
    model.encode([documents[0].title] * 200)  # compiles what bulk encoding takes
    origin, load = results.origin(), os.getloadavg()[0]
    runs = [once(documents, model, arguments.home) for _ in range(arguments.times)]
    told = {"made": origin.made, "commit": origin.commit, "machine": origin.machine, "load": round(load, 1)}
    print(json.dumps(told | {"documents": len(documents), "runs": runs}))


if __name__ == "__main__":
    main()
