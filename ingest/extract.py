"""From a response to documents: the right extractor by what the bytes are, not by what their header says."""

import re
from datetime import datetime

from ingest import html, markdown, pdf, quality
from ingest.errors import ExtractError
from ingest.structure import Part, assemble
from ingest.types import BlockKind, Document, Reason, Snapshot, Source

VERSION = "1"

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


def extract(snapshot: Snapshot, source: Source) -> Document:
    """Extract the document that a response holds.

    Raises:
        ExtractError: If it holds none that can be used; the reason says why.
    """
    quality.check_status(snapshot)
    if not snapshot.body.strip():
        raise ExtractError(f"{snapshot.final_url} answered with nothing", reason=Reason.EMPTY)
    if b"%PDF-" in snapshot.body[:1024]:
        return _from_pdf(snapshot, source)
    if _is_html(snapshot):
        return _from_html(snapshot, source)
    if snapshot.media_type.startswith("text/") or snapshot.final_url.endswith((".md", ".txt")):
        return _from_text(snapshot, source)
    seen = snapshot.media_type or "no declared type"
    raise ExtractError(f"{snapshot.final_url} is {seen}, which is not read", reason=Reason.UNSUPPORTED)


def _is_html(snapshot: Snapshot) -> bool:
    if snapshot.media_type in {"text/html", "application/xhtml+xml"}:
        return True
    unsure = snapshot.media_type in {"", "text/plain", "application/octet-stream"}
    return unsure and bool(_LOOKS_LIKE_HTML.search(snapshot.body[:2048]))


def _from_pdf(snapshot: Snapshot, source: Source) -> Document:
    paper = pdf.read(snapshot.body, url=snapshot.final_url)
    return _document(snapshot, source, title=paper.title, parts=paper.parts)


def _from_html(snapshot: Snapshot, source: Source) -> Document:
    try:
        page = html.read(snapshot.body, url=snapshot.final_url, charset=_charset(snapshot))
        text = "\n".join(part.text for part in page.parts)
        quality.check_text(text, title=page.title, url=snapshot.final_url)
    except ExtractError as error:
        if error.reason is Reason.EMPTY:
            quality.check_shell(snapshot)
        raise
    return _document(
        snapshot, source, title=page.title, parts=page.parts, authors=page.authors, published=page.published
    )


def _from_text(snapshot: Snapshot, source: Source) -> Document:
    text = snapshot.body.decode(_charset(snapshot) or "utf-8", "replace")
    is_markdown = snapshot.media_type == "text/markdown" or snapshot.final_url.lower().endswith((".md", ".markdown"))
    parts = tuple(markdown.parts(text)) if is_markdown else _paragraphs(text)
    first = next((part.text for part in parts if part.kind is BlockKind.HEADING), "")
    return _document(snapshot, source, title=first, parts=parts)


def _paragraphs(text: str) -> tuple[Part, ...]:
    return tuple(Part(BlockKind.PARAGRAPH, piece) for piece in re.split(r"\n\s*\n", text))


def _charset(snapshot: Snapshot) -> str:
    found = _CHARSET.search(snapshot.headers.get("content-type", ""))
    return found.group(1) if found else ""


def _document(
    snapshot: Snapshot,
    source: Source,
    *,
    title: str,
    parts: tuple[Part, ...],
    authors: tuple[str, ...] = (),
    published: str = "",
) -> Document:
    """Build the document; what the catalog says of a source goes before what the page says."""
    text, blocks = assemble(parts)
    if not text:
        raise ExtractError(f"{snapshot.final_url} holds no text", reason=Reason.EMPTY)
    quality.check_identity(source, title=title, text=text, url=snapshot.final_url)
    return Document(
        id=source.id,
        source_id=source.id,
        url=snapshot.final_url,
        title=source.title or title,
        kind=source.kind,
        text=text,
        blocks=blocks,
        digest=snapshot.digest,
        fetched_at=_seconds(snapshot.fetched_at),
        via=snapshot.via,
        authors=source.authors or authors,
        organisations=(source.organisation,) if source.organisation else (),
        published=str(source.year) if source.year else published,
    )


def _seconds(time: datetime) -> datetime:
    return time.replace(microsecond=0)
