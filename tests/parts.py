"""Small real parts that tests share."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index.engine import Engine
from index.local import Local
from index.milvus import Milvus
from index.types import Vectors
from ingest.structure import Part, assemble
from ingest.types import BlockKind, Document, SourceKind, Via

_WORD = re.compile(r"\w+")


class HashEmbedder:
    """Bag-of-words embedder: every word hashes to a fixed random direction; texts that share words are near."""

    name = "hash"
    digest = "0" * 64
    dimension = 64
    max_tokens = 254

    def count_tokens(self, text: str) -> int:
        return len(_WORD.findall(text))

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                row += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        rows[:, 0] += 1e-6  # an empty text, too, has a direction
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)


def document(text: str, *, id: str = "doc", title: str = "A document", kind: SourceKind = SourceKind.BLOG) -> Document:
    """A document from Markdown-like text: `# ` headings, else paragraphs, separated by blank lines."""
    parts = []
    for piece in text.split("\n\n"):
        marks, _, rest = piece.strip().partition(" ")
        if marks and set(marks) == {"#"}:
            parts.append(Part(kind=BlockKind.HEADING, text=rest, level=len(marks)))
        else:
            parts.append(Part(kind=BlockKind.PARAGRAPH, text=piece))
    body, blocks = assemble(parts)
    return Document(
        id=id,
        source_id=id,
        url=f"https://example.org/{id}",
        title=title,
        kind=kind,
        text=body,
        blocks=blocks,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        via=Via.LIVE,
    )


ENGINES = ("files", "milvus")


def engine(name: str, root: Path) -> Engine:
    """One of the engines over an empty folder; Milvus as milvus-lite, in a file of the folder."""
    return Local(root) if name == "files" else Milvus(str(root / "milvus.db"), root, home=root)
