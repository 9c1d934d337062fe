"""The bundled field guide: Markdown with front matter, read into documents.

The guide is part of the package, so a library can be built with no network. Its documents carry a fixed date: building
twice gives the same corpus digest.

Beside a chapter may lie NAME.asked.jsonl, what people ask and which sentence of the chapter answers it, one sentence a
line: {"quote": …, "asked": […]}. Questions are nearer to each other than to their answers, so they are embedded as well
(Nogueira and others, "Document Expansion by Query Prediction", 2019; here they are written and not predicted).
"""

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.errors import CatalogError
from ingest.markdown import parts
from ingest.structure import assemble
from ingest.types import Anticipated, Document, Source, SourceKind, Via

SOURCE = Source(
    id="field-guide",
    title="The ninestep field guide",
    url="ninestep:guide",
    kind=SourceKind.GUIDE,
    organisation="ninestep",
    section="Field guide",
)

_HANDBOOK = Path(__file__).parent / "handbook"
_WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
_KEYS = {"id", "title", "kind", "steps", "topics", "organisations", "sources"}
_OPTIONAL = {"read"}
_ASKED = ".asked.jsonl"


def documents(folder: Path = _HANDBOOK) -> list[Document]:
    """Read every chapter of the guide, in id order.

    Raises:
        CatalogError: If a chapter's front matter is missing or incomplete, an id is used twice, or a question is
            answered by a sentence that its chapter does not hold.
    """
    read = sorted((_document(path) for path in folder.rglob("*.md")), key=lambda document: document.id)
    for left, right in itertools.pairwise(read):
        if left.id == right.id:
            raise CatalogError(f"two chapters of the field guide have the id {left.id!r}; give one of them another id")
    return read


def front_matter(text: str, *, name: str) -> tuple[Mapping[str, Any], str]:
    """Split a chapter into its front matter and its Markdown.

    Raises:
        CatalogError: If there is no front matter, it is not YAML, or keys are missing or unknown.
    """
    import yaml

    opening, _, rest = text.partition("---\n")
    head, found, body = rest.partition("\n---\n")
    if opening.strip() or not found:
        raise CatalogError(f"{name} has no front matter between two lines of '---'; add {', '.join(sorted(_KEYS))}")
    try:
        fields = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise CatalogError(f"the front matter of {name} is not YAML: {error}") from error
    if not isinstance(fields, dict) or not _KEYS <= fields.keys() <= _KEYS | _OPTIONAL:
        seen = sorted(fields) if isinstance(fields, dict) else fields
        raise CatalogError(f"the front matter of {name} has {seen}, wanted {sorted(_KEYS)}")
    return fields, body


def _document(path: Path) -> Document:
    raw = path.read_text(encoding="utf-8")
    fields, body = front_matter(raw, name=path.name)
    text, blocks = assemble(parts(body))
    return Document(
        id=fields["id"],
        source_id=SOURCE.id,
        url=f"ninestep:guide/{fields['id']}",
        title=str(fields["title"]),
        kind=SourceKind.GUIDE,
        text=text,
        blocks=blocks,
        digest=hashlib.sha256(raw.encode()).hexdigest(),
        fetched_at=_WRITTEN,
        via=Via.BUNDLED,
        organisations=tuple(fields["organisations"]),
        steps=tuple(fields["steps"]),
        topics=tuple(fields["topics"]),
        asked=tuple(_asked(path.with_suffix(_ASKED), text)),
    )


def _asked(path: Path, text: str) -> Iterator[Anticipated]:
    """The questions beside a chapter, in the order of their answers; none where there is no such file."""
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            quote, questions = _answered(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CatalogError(
                f'line {number} of {path.name} is {line[:60]!r}, wanted {{"quote": "…", "asked": ["…"]}}'
            ) from error
        start = text.find(quote)
        if start < 0:
            raise CatalogError(
                f"line {number} of {path.name} is about {quote[:60]!r}, which its chapter does not hold; mend the quote"
            )
        yield from (Anticipated(start, start + len(quote), question) for question in questions)


def _answered(held: Mapping[str, Any]) -> tuple[str, list[str]]:
    quote, questions = held["quote"], held["asked"]
    texts = [quote, *questions] if isinstance(questions, list) else [None]
    if not all(isinstance(one, str) and one.strip() for one in texts):
        raise ValueError("a quote and its questions are texts")
    return quote, questions
