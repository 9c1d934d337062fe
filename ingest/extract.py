"""From a response to documents: the right extractor by what the bytes are, not by what their header says.

A page gives one document; a repository's archive gives one for every document in it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote

from ingest import address, confined, html, notebook, office, pdf, quality, repository, slides, text, video
from ingest.errors import ExtractError
from ingest.structure import Reading, assemble, clean
from ingest.types import BlockKind, Document, Reason, Snapshot, Source, SourceKind

VERSION = "11"

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_NAMED_TEXT = frozenset({".md", ".markdown", ".mdx", ".rst", ".txt"})
_NAMED_HTML = frozenset({".html", ".htm", ".xhtml"})  # a piece of a page, too, that no <html> opens
_WAYBACK_DATE = re.compile(r"https?://web\.archive\.org/web/(\d{4})(\d\d)(\d\d)\d*")
_ABSTRACT = 12_000  # characters; a paper of four pages has more
_ABOUT_A_PAPER = "Known by a page about it alone: the paper itself could not be had."
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\f\r\x1b")
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a response gave.

    Attributes:
        links: Addresses that a page links to, in order.
        problems: One sentence for each file of an archive that could not be read.
        reason: Why the document is less than it should be, or None.
        talk: What a video's page says of it; its words are to be fetched.
        paper: The address of the work that a page is only about.
    """

    documents: tuple[Document, ...]
    links: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    reason: Reason | None = None
    talk: video.Talk | None = None
    paper: str = ""


def extract(snapshot: Snapshot, source: Source) -> Extracted:
    """Extract the documents that a response holds.

    Raises:
        ExtractError: If it holds none that can be used; the reason says why.
    """
    quality.check_status(snapshot)
    if not snapshot.body.strip():
        raise ExtractError(f"{snapshot.final_url} answered with nothing", reason=Reason.EMPTY)
    if repository.is_archive(snapshot.body):
        return _from_archive(snapshot, source)
    if _is_video(snapshot):
        return _from_watch_page(snapshot, source)
    reading = _from_web(snapshot)
    document = _document(snapshot, source, reading)
    quality.check_place(snapshot, source, title=reading.title, text=document.text)
    quality.check_identity(source, title=reading.title, text=document.text, url=snapshot.final_url)
    if source.kind is SourceKind.PAPER and _is_html(snapshot) and len(document.text) < _ABSTRACT:
        document = replace(document, note=f"{_ABOUT_A_PAPER} {document.note}".strip())
    paper = reading.paper if len(document.text) < _ABSTRACT else ""
    return Extracted((document,), reading.links, paper=paper)


def below(snapshot: Snapshot, source: Source, *, root: str) -> Extracted:
    """Extract a page of a source's site that its listed page leads to.

    Raises:
        ExtractError: As for the listed page.
    """
    quality.check_status(snapshot)
    if not snapshot.body.strip():
        raise ExtractError(f"{snapshot.final_url} answered with nothing", reason=Reason.EMPTY)
    reading = _from_web(snapshot)
    folder = address.split(root).path.rpartition("/")[0]
    path = unquote(address.split(snapshot.final_url).path).removeprefix(folder)
    id = f"{source.id}~{address.slug(path) or 'home'}"
    title = _own_title(reading, source) or _title_of(path)
    return Extracted((_document(snapshot, source, reading, id=id, title=title),), reading.links)


def file(snapshot: Snapshot, source: Source, *, path: str) -> Document:
    """Extract one file of a folder.

    Args:
        snapshot: Its bytes under its file: address.
        source: The folder.
        path: Relative to the folder; the document's id is made from it.

    Raises:
        ExtractError: If it cannot be read or holds no text.
    """
    reading = read(snapshot.body, name=snapshot.final_url)
    id = f"{source.id}~{address.slug(path)}"
    return _document(snapshot, source, reading, id=id, title=reading.title or _title_of(path))


def spoken(document: Document, talk: video.Talk, captions: Snapshot) -> Document:
    """A video's document with its words in the place of its description.

    Raises:
        ExtractError: If there are no captions in the response.
    """
    found = video.cues(html.decode(captions.body, charset=_charset(captions)), url=captions.final_url)
    words, blocks = assemble(talk.transcribed(found).parts)
    return replace(document, text=words, blocks=blocks, note="", digest=captions.digest)


def _is_video(snapshot: Snapshot) -> bool:
    on_watch_page = bool(address.video_id(snapshot.final_url)) and b"ytInitialPlayerResponse" in snapshot.body
    return on_watch_page or video.is_player_response(snapshot.body)


def _from_watch_page(snapshot: Snapshot, source: Source) -> Extracted:
    talk = video.talk(snapshot.body, url=snapshot.final_url)
    reading = talk.reading()
    document = _document(snapshot, source, reading)
    quality.check_identity(source, title=talk.title, text=document.text, url=snapshot.final_url)
    return Extracted((document,), reason=Reason.NO_TRANSCRIPT, talk=talk)


def read(body: bytes, *, name: str, charset: str = "") -> Reading:
    """Read one file by what it is and, where that is not enough, by its name; no judgment of its quality.

    Args:
        body: The file's bytes, not empty.
        name: Its path or address.
        charset: Of text, where it was declared.

    Raises:
        ExtractError: If it cannot be read, or its format is not one that is.
    """
    suffix = PurePosixPath(unquote(address.split(name).path)).suffix.lower()
    if b"%PDF-" in body[:1024]:
        paper = pdf.read(body, url=name)
        return Reading(title=paper.title, parts=paper.parts)
    if office.kind(body):
        return confined.read(confined.Format.OFFICE, body, url=name)
    if body.startswith(_ZIP):
        reason = Reason.DAMAGED if suffix in {".docx", ".pptx"} else Reason.UNSUPPORTED
        raise ExtractError(f"{name} is a zip archive and no Office file that can be read", reason=reason)
    if body.startswith(_OLD_OFFICE):
        raise ExtractError(f"{name} is an old binary Office file; save it as .pptx or .docx", reason=Reason.UNSUPPORTED)
    if suffix not in _NAMED_TEXT and notebook.is_notebook(body):
        return confined.read(confined.Format.NOTEBOOK, body, url=name)
    if suffix in _NAMED_HTML or (suffix not in _NAMED_TEXT and _LOOKS_LIKE_HTML.search(body[:2048])):
        return confined.read(confined.Format.HTML, body, url=name, charset=charset)
    if _is_binary(body):
        raise ExtractError(f"{name} is of a format that is not read", reason=Reason.UNSUPPORTED)
    words = html.decode(body, charset=charset)
    if video.is_captions(words):
        cues = video.cues(words, url=name)
        return Reading(title=_title_of(name), parts=tuple(video.passages(cues)))
    return _text(words, name=name, suffix=suffix)


def _is_binary(body: bytes) -> bool:
    """Whether bytes are no text: a zero among the first, or many other control characters."""
    head = body[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return b"\0" in head or len(head.translate(None, _CONTROLS)) < 0.97 * len(head)


def _text(words: str, *, name: str, suffix: str) -> Reading:
    match suffix:
        case ".md" | ".markdown" | ".mdx":
            return confined.read_text(confined.Format.MARKDOWN, words, url=name)
        case ".rst":
            return confined.read_text(confined.Format.RESTRUCTURED, words, url=name)
        case _:
            return text.plain(words)


def _from_web(snapshot: Snapshot) -> Reading:
    """Read a response; a page is held against walls, error pages and shells."""
    if _is_html(snapshot):
        return _page(snapshot)
    declared = snapshot.media_type
    by_bytes = b"%PDF-" in snapshot.body[:1024] or bool(office.kind(snapshot.body))
    by_type = declared.startswith("text/") or declared in _UNSURE
    if not (by_bytes or by_type or snapshot.final_url.lower().endswith((".md", ".txt", ".rst", ".ipynb"))):
        seen = declared or "no declared type"
        raise ExtractError(f"{snapshot.final_url} is {seen}, which is not read", reason=Reason.UNSUPPORTED)
    if address.split(snapshot.final_url).path.lower() in _FOR_ROBOTS:
        raise ExtractError(f"{snapshot.final_url} is written for robots", reason=Reason.UNSUPPORTED)
    if declared == "text/markdown":
        words = html.decode(snapshot.body, charset=_charset(snapshot))
        reading = confined.read_text(confined.Format.MARKDOWN, words, url=snapshot.final_url)
    else:
        reading = read(snapshot.body, name=snapshot.final_url, charset=_charset(snapshot))
    if not by_bytes:
        quality.check_plain(snapshot, text="\n".join(part.text for part in reading.parts))
    return reading


_FOR_ROBOTS = frozenset(
    {"/robots.txt", "/humans.txt", "/ads.txt", "/app-ads.txt", "/llms.txt", "/.well-known/security.txt"}
)
_UNSURE = frozenset({"", "application/octet-stream", "application/json", "application/x-ipynb+json"})


def _is_html(snapshot: Snapshot) -> bool:
    if b"%PDF-" in snapshot.body[:1024]:
        return False
    if snapshot.media_type in {"text/html", "application/xhtml+xml"}:
        return True
    unsure = snapshot.media_type in {"text/plain", *_UNSURE}
    return unsure and bool(_LOOKS_LIKE_HTML.search(snapshot.body[:2048]))


def _page(snapshot: Snapshot) -> Reading:
    if slides.is_deck_page(snapshot.final_url):
        deck = confined.read(confined.Format.DECK, snapshot.body, url=snapshot.final_url, charset=_charset(snapshot))
        if deck.parts:
            return deck
    markup = html.decode(snapshot.body, charset=_charset(snapshot))
    try:
        page = confined.read(confined.Format.HTML, snapshot.body, url=snapshot.final_url, charset=_charset(snapshot))
    except ExtractError as error:
        if error.reason is Reason.EMPTY:
            quality.check_page(snapshot, markup=markup, title="", text="")
        raise
    words = "\n".join(part.text for part in page.parts)
    quality.check_page(snapshot, markup=markup, title=page.title, text=words)
    return page


_MOST_COSTLY = 4  # files of an archive that are over the limits; each may take a minute to find out


def _from_archive(snapshot: Snapshot, source: Source) -> Extracted:
    documents: list[Document] = []
    problems: list[str] = []
    costly = 0
    for file in repository.documents(snapshot.body, url=snapshot.final_url):
        if costly == _MOST_COSTLY:
            problems.append(f"{file.path} and what follows was not read: {costly} files before it were over the limits")
            break
        try:
            documents.append(_in_archive(snapshot, source, file))
        except ExtractError as error:
            costly += error.reason is Reason.OVER_LIMITS
            problems.append(str(error))
    if not documents:
        why = f": {problems[0]}" if problems else ""
        raise ExtractError(f"{snapshot.final_url} holds no document that can be read{why}", reason=Reason.EMPTY)
    return Extracted(tuple(_told_apart(documents)), problems=tuple(problems))


def _in_archive(snapshot: Snapshot, source: Source, file: repository.File) -> Document:
    if not file.body.strip():
        raise ExtractError(f"{file.path} is empty", reason=Reason.EMPTY)
    reading = read(file.body, name=file.path)
    at_root = file.path.lower() in {"readme.md", "readme.rst", "readme.txt", "readme"}
    return _document(
        snapshot,
        source,
        reading,
        id=f"{source.id}~{address.slug(file.path)}",
        url=repository.blob_url(source.url, file.path),
        title=source.title if at_root else _own_title(reading, source) or _title_of(file.path),
        body=file.body,
    )


def _own_title(reading: Reading, source: Source) -> str:
    """A page's title; where that is the whole source's, its first heading that says something else."""
    if reading.title.casefold() != source.title.casefold():
        return reading.title
    headings = (clean(part.text) for part in reading.parts if part.kind is BlockKind.HEADING)
    return next((text for text in headings if text.casefold() != source.title.casefold()), reading.title)


def _title_of(path: str) -> str:
    """A file's name as words; a README is known by its folder."""
    pure = PurePosixPath(unquote(address.split(path).path))
    name = pure.parent.name if pure.stem.lower() in {"readme", "index"} and pure.parent.name else pure.stem
    return re.sub(r"[-_]+", " ", name).strip() or path


def _told_apart(documents: list[Document]) -> Iterator[Document]:
    """Documents with ids of their own: paths that differ only in marks ("a-b", "a_b") would share one."""
    seen: dict[str, int] = {}
    for document in documents:
        seen[document.id] = seen.get(document.id, 0) + 1
        number = seen[document.id]
        yield document if number == 1 else replace(document, id=f"{document.id}-{number}")


def _charset(snapshot: Snapshot) -> str:
    found = _CHARSET.search(snapshot.headers.get("content-type", ""))
    return found.group(1) if found else ""


def _document(
    snapshot: Snapshot,
    source: Source,
    reading: Reading,
    *,
    id: str = "",
    url: str = "",
    title: str = "",
    body: bytes = b"",
) -> Document:
    """Build a document; what the catalog says of a source goes before what the page says."""
    words, blocks = assemble(reading.parts)
    if not words:
        raise ExtractError(f"{url or snapshot.final_url} holds no text", reason=Reason.EMPTY)
    if source.kind is not SourceKind.FILE:  # a note of one's own may be short
        quality.check_length(words, url=url or snapshot.final_url)
    return Document(
        id=id or source.id,
        source_id=source.id,
        url=url or address.canonical(snapshot.final_url),
        title=clean(title or source.title or reading.title),
        kind=source.kind,
        text=words,
        blocks=blocks,
        digest=_digest(body) if body else snapshot.digest,
        fetched_at=_seconds(snapshot.fetched_at),
        via=snapshot.via,
        authors=source.authors or tuple(map(clean, reading.authors)),
        organisations=(source.organisation,) if source.organisation else (),
        published=str(source.year) if source.year else clean(reading.published),
        canonical=reading.canonical,
        note=" ".join(filter(None, [_copied(snapshot), reading.note])),
    )


def _copied(snapshot: Snapshot) -> str:
    """What to say of a copy that the Wayback Machine made."""
    found = _WAYBACK_DATE.match(snapshot.final_url)
    return f"Read from the Wayback Machine's copy of {'-'.join(found.groups())}." if found else ""


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _seconds(time: datetime) -> datetime:
    return time.replace(microsecond=0)
