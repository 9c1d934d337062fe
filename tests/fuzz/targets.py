"""What is fuzzed: every reader of bytes or text that others wrote, with real small samples and what must hold.

A target takes bytes, whatever it makes of them, and may raise only the errors that its reader promises. It checks what
the reader's answer must fulfil with plain `assert`s. Samples are made by the tests' own makers.
"""

import asyncio
import base64
import gzip
import hashlib
import io
import itertools
import json
import os
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from pydantic import ValidationError

from assistant import anchor, generate, page, premise, question, settings, verify
from assistant.api import schemas
from assistant.api.core import Policy
from assistant.api.guard import Guard
from assistant.api.ingestion import refuse_private
from assistant.api.metrics import Metrics
from assistant.errors import CursorError, GenerationError, QuestionError, SettingsError
from assistant.keys import KeyRing
from assistant.types import Verdict
from eval import collections
from eval.errors import CollectionError
from index import building
from index.search import HybridSearcher, Mode
from index.serving import Serving
from ingest import (
    address,
    archive,
    bundle,
    child,
    chunk,
    coding,
    extract,
    html,
    markdown,
    notebook,
    office,
    pdf,
    refresh,
    repository,
    sentences,
    site,
    slides,
    text,
    video,
)  # fmt: skip
from ingest.coding import TooLargeError
from ingest.errors import ArchiveError, BundleError, ExtractError, IngestError
from ingest.structure import Reading, assemble, clean, sections
from ingest.types import BlockKind, Document, Snapshot, Source, SourceKind, Via
from tests.fuzz import zygote
from tests.fuzz.mutate import MAX_BYTES
from tests.ingest import (
    printed,
    test_html,
    test_office,
    test_repository,
    test_shapes,
    test_video,
    test_warc,
)
from tests.ingest.pages import Prose
from tests.parts import HashEmbedder, document
from ui import moving, record

URL = "https://larkfield.example/post"
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_NO_SAMPLES: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One reader.

    Attributes:
        run: Reads; raises one of `errors` or an AssertionError or, where it is broken, anything.
        samples: Real small inputs.
        words: What the format is made of.
        errors: What the reader promises to raise.
        seconds: Of processor time that one input of at most 48 kB may take.
        costly: An input takes milliseconds or more; unless told otherwise a campaign gives it a hundredth of the inputs.
        most: Bytes of its longest input; fewer where a library takes seconds for one of nothing but marks.
    """

    name: str
    run: Callable[[bytes], None]
    samples: Callable[[], Sequence[bytes]]
    words: tuple[bytes, ...] = ()
    errors: tuple[type[Exception], ...] = (ExtractError,)
    seconds: float = 2.0
    costly: bool = False
    most: int = MAX_BYTES


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _sound(reading: Reading) -> Document:
    """Assemble what an extractor read; offsets, sections, chunks and sentences must fit, and no part may be lost."""
    body, blocks = assemble(reading.parts)
    told = [clean(part.text, keep_lines=part.kind in {BlockKind.CODE, BlockKind.TABLE}) for part in reading.parts]
    assert [body[block.start : block.end] for block in blocks] == [one for one in told if one]
    made = Document("fuzz", "fuzz", URL, clean(reading.title), SourceKind.BLOG, body, blocks, "0" * 64, _WHEN, Via.LIVE)
    _sound_document(made)
    return made


def _sound_document(made: Document) -> None:
    body = made.text
    "".join(
        [made.title, body, *made.authors, made.published]
    ).encode()  # no half of a surrogate pair: the library and every answer are UTF-8
    if not body:
        return
    parts = sections(made)
    assert parts[0].start == 0
    assert all(left.end == right.start for left, right in itertools.pairwise(parts))
    chunks = chunk.chunk(made, count_tokens=lambda words: len(words.split()), max_tokens=64)
    assert all(body[one.start : one.end] == one.text for one in chunks)
    assert all(left.end <= right.start for left, right in itertools.pairwise(chunks))
    assert "".join("".join(one.text.split()) for one in chunks) == "".join(body.split())
    spans = sentences.sentences(made)
    assert all(0 <= span.start < span.end <= len(body) for span in spans)


# Pages and files


def _html(data: bytes) -> None:
    _sound(html.read(data, url=URL))


def _html_samples() -> list[bytes]:
    return [test_html.PAGE.encode(), test_shapes.MEDIUM.encode(), test_shapes.LINKEDIN.encode()]


_TAGS = tuple(
    f"<{tag}>".encode()
    for tag in ("p", "/p", "div", "/div", "table", "tr", "td", "pre", "code", "article", "/article", "ul", "li", "h1",
                "a href='//['", "a href=x", "img src=x", "script", "/script", "style", "!--", "template", "svg", "math",
                "select", "option", "frameset", "p hidden", "div style='display:none'", "title", "meta charset=x", "br",
                "base href='http://['", "p style='color:rgba(0,0,0,.5)'", "p style='color:rgb(9,9,9);background:#fff'", "meta http-equiv=refresh content='0; url=/x'", "link rel=canonical href='http://['", "sup", "annotation encoding=tex", "body")
)  # fmt: skip

_ADDRESSES = (
    URL, "https://www.slideshare.net/ada/deck", "https://github.com/a/b", "https://www.youtube.com/watch?v=abcdefghijk",
    "https://larkfield.example/a.md", "https://larkfield.example/a.ipynb", "https://web.archive.org/web/20200101/https://a.example/",
)  # fmt: skip
_TYPES = (
    "text/html", "text/plain", "", "application/json", "text/markdown", "application/pdf", "text/html; charset=utf-16",
    "text/html; charset=x-none", "application/octet-stream", "image/png", "text/plain; charset=utf-7",
)  # fmt: skip


def _response(data: bytes) -> None:
    """Three bytes choose address, type and status; the rest is the body."""
    first, second, third, *_ = data[:3].ljust(3, b"\0")
    url, declared = _ADDRESSES[first % len(_ADDRESSES)], _TYPES[second % len(_TYPES)]
    status = (200, 200, 200, 203, 404, 429, 500)[third % 7]
    snapshot = Snapshot(url, url, status, {"content-type": declared}, data[3:], _WHEN)
    kinds = (SourceKind.BLOG, SourceKind.PAPER, SourceKind.VIDEO, SourceKind.SLIDES, SourceKind.REPO)
    source = Source("fuzz", "Sorting listing photos", url, kinds[third % len(kinds)])
    for made in extract.extract(snapshot, source).documents:
        _sound_document(made)


def _response_samples() -> list[bytes]:
    pages = [*_html_samples(), *_deck_page_samples(), *_watch_samples(), *_notebook_samples(), *_markdown_samples()]
    return [bytes([number, 0, 0]) + one for number, one in enumerate(pages)] + [b"\2\0\4" + _repository_samples()[0]]


def _notebook(data: bytes) -> None:
    reading = notebook.read(data, url=URL)
    body = _sound(reading).text
    for cell in json.loads(data).get("cells", []):
        source = cell.get("source") if isinstance(cell, dict) and cell.get("cell_type") == "code" else None
        assert not isinstance(source, str) or clean(source, keep_lines=True) in body


def _notebook_samples() -> list[bytes]:
    cells = [
        {"cell_type": "markdown", "source": ["# Trees\n", "\n", "They *split* `x`."], "metadata": {}},
        {"cell_type": "code", "source": ["for x in y:\n", "    split(x)"], "outputs": [{"text": ["0.98"]}]},
        {"cell_type": "raw", "source": "A note."},
        {"cell_type": "markdown", "source": "| a | b |\n|---|---|\n| 1 | <b>2</b> |\n\n- one\n  - two\n\n$$x^2$$"},
    ]
    old = [{"cell_type": "heading", "level": 2, "source": "Fit"}, {"cell_type": "code", "input": ["fit()"]}]
    return [
        json.dumps({"nbformat": 4, "metadata": {"title": "T"}, "cells": cells}).encode(),
        json.dumps({"nbformat": 3, "worksheets": [{"cells": old}]}).encode(),
    ]


def _office(data: bytes) -> None:
    if office.kind(data):
        _sound(office.read(data, url=URL))


def _markdown(data: bytes) -> None:
    _sound(markdown.read(_text(data)))


def _markdown_samples() -> list[bytes]:
    written = b"---\ntitle: A note\ntags: [a, b]\n---\n# Head\n\nText with *stress*, `code` and [a link](https://a.example).\n\n"
    more = b"- one\n- two\n  1. three\n\n> quoted\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<div>raw</div>\n\n[^1]: Note."
    return [
        written + more,
        b"# A\n\n{% hint %} x {% endhint %}\n\nText :rocket: **b** <sup>[1]</sup>\n\n$$a_1$$\n\nTerm\n: meaning",
    ]


def _restructured(data: bytes) -> None:
    _sound(text.restructured(_text(data)))


def _restructured_samples() -> list[bytes]:
    return [
        b"Title\n=====\n\nA :ref:`role <target>` and *stress*.\n\n- one\n- two\n\n.. code-block:: python\n\n   x = 1\n\n"
        b".. note:: Look.\n\n.. include:: /etc/passwd\n\n.. raw:: html\n\n   <b>x</b>\n\n|sub| [1]_\n\n.. [1] Foot.\n"
    ]


def _plain(data: bytes) -> None:
    words = _text(data)
    reading = text.plain(words)
    _sound(reading)
    kept = clean(" ".join(part.text for part in reading.parts)).split()
    underlines = [word for word in clean(words).split() if set(word) <= set("=-~^*#")]
    assert len(kept) >= len(clean(words).split()) - len(underlines)


def _plain_samples() -> list[bytes]:
    return [b"Heading\n=======\n\nA paragraph\nof lines.\r\n\r\n    code\n      more\n\nLast \t \n \t\nend"]


# PDF


_STARTED = itertools.count()
_EVERY = 100  # inputs, of which one goes through a child with an interpreter of its own


def _pdf(data: bytes) -> None:
    with nullcontext() if next(_STARTED) % _EVERY == 0 else _forked_children("pypdfium2"):
        paper = pdf.read(data, url=URL, seconds=20)
    _sound(Reading(title=paper.title, parts=paper.parts))


@contextmanager
def _forked_children(*more: str) -> Iterator[None]:
    """Children come from a zygote; all else of `ingest.child` is as ever."""

    def run(command: Sequence[str], *, input: bytes, timeout: float, **_: object) -> subprocess.CompletedProcess[bytes]:
        _python, _dash_m, module, *arguments = command
        return zygote.of(module, *more).run(arguments, input, seconds=timeout)

    with mock.patch.object(child.subprocess, "run", run):
        yield


@cache
def _pdf_samples() -> list[bytes]:
    prose = Prose("three")
    return [printed.one_column(prose, pages=1).body, *_hand_made_pdf()]


def _hand_made_pdf() -> Iterator[bytes]:
    """A file of uncompressed objects, so that a changed byte changes what is printed, not a checksum."""
    stream = b"BT /F1 12 Tf 72 700 Td (A ranker reads forty features of every candidate.) Tj 0 -14 Td (It answers soon.) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Rotate 0>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%sendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    yield body + b"trailer<</Root 1 0 R/Size 6/Info<</Title(Ranking)>>>>\n%%EOF"


_PDF_WORDS = (
    b" Tf", b" Tj", b" TJ", b" Td", b" Tm", b" cm", b" Tr", b" Tz", b"BT", b"ET", b"q", b"Q", b"/Rotate 90", b"/Kids",
    b"3 0 R", b"2 0 R", b"/MediaBox", b"0 0 0 0 0 0", b"1e38", b"-1", b"/Count 99999", b"(\\377\\376)", b"<FEFF>", b"/Do",
    b"/ToUnicode", b"/Encrypt", b"[(A) -9999 (B)]", b"0 -1 1 0", b"0.0001 0 0 0.0001 0 0",
)  # fmt: skip


def _letters(data: bytes) -> None:
    """pdfium and what reads its letters, in a process that is forked for it: that it may die is what it is for."""
    ran = zygote.of("tests.fuzz.letters", "pypdfium2").run([], data, seconds=20)
    if not ran.stdout:
        raise ExtractError(f"the child died ({ran.returncode})", reason=extract.Reason.OVER_LIMITS)
    held = json.loads(ran.stdout)
    assert "failed" not in held, held["failed"]
    if "reason" not in held:
        _lines_of(held)


def _lines_of(answer: dict[str, Any]) -> None:
    paper = pdf.laid_out(answer, url=URL)
    _sound(Reading(title=paper.title, parts=paper.parts))


def _layout(data: bytes) -> None:
    """Pages as pdfium might tell them: runs of letters of any size anywhere."""
    rows, numbers = data.split(b"\n"), list(data)
    runs = []
    for place, row in enumerate(rows[:200]):
        at = numbers[place % max(len(numbers), 1)] if numbers else 0
        left = (at * 7 % 600) - 20.0
        size = (8, 10, 10, 10, 12, 18, 0.5, 900)[at % 8]
        base = 842.0 - (place * 12 if at % 5 else at * 3.3)
        words = row.decode("utf-8", "replace")
        if words:
            runs.append([words, size, at % 3 == 0, left, left + 5 * len(words), base, at % 17 == 0])
    middle = len(runs) // 2
    pages = [
        {"number": number, "width": 595.0, "height": 842.0, "runs": held}
        for number, held in enumerate((runs[:middle], runs[middle:]), start=1)
    ]
    _lines_of({"title": _text(rows[0][:80]), "count": 2, "pages": pages})


def _layout_samples() -> list[bytes]:
    words = b"References\n[1] A. Berg. Ranking. 2019.\n1.2 Method\nFigure 1: the path\n\xe2\x80\xa2 item\nA . . . . . . 4\nwords that are cut-\n"
    return [printed.one_column(Prose("five"), pages=1).text.replace(". ", ".\n").encode()[:6_000], words * 6]


# Videos and decks


def _captions(data: bytes) -> None:
    words = _text(data)
    video.is_captions(words)
    found = video.cues(words, url=URL)
    assert all(cue.start == cue.start and abs(cue.start) != float("inf") for cue in found)
    made = _sound(Reading(title="", parts=tuple(video.passages(found))))
    said = " ".join(clean(cue.text) for cue in found).split()
    assert "".join(made.text.split()) == "".join(clean(" ".join(said)).split())


def _captions_samples() -> list[bytes]:
    kinds = (test_video.XML, test_video.TTML, test_video.JSON3, test_video.VTT, test_video.SRT)
    return [one.encode() for one in kinds]


def _watch(data: bytes) -> None:
    talk = video.talk(data, url=URL)
    video.chapters(talk.description)
    _sound(talk.reading())


def _watch_samples() -> list[bytes]:
    player = {
        "playabilityStatus": {"status": "OK"},
        "videoDetails": {
            "videoId": "abcdefghijk", "title": "Ranking", "author": "Ada",
            "shortDescription": "About ranking.\n\n0:00 Start\n1:20 Middle\n5:00 End\n",
        },
        "microformat": {"playerMicroformatRenderer": {"publishDate": "2020-01-02"}},
        "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": [{"baseUrl": "/t", "languageCode": "en"}]}},
    }  # fmt: skip
    told = json.dumps(player)
    return [told.encode(), f"<html><script>var ytInitialPlayerResponse = {told};</script></html>".encode()]


def _deck_page(data: bytes) -> None:
    reading = slides.read(_text(data))
    if reading is not None:
        _sound(reading)


def _deck_page_samples() -> list[bytes]:
    texts = [f"Slide {n}\nWhat is ranked is counted {n} times over." * 4 for n in range(4)]
    data = {"props": {"pageProps": {"slideshow": {"transcript": texts}}}}
    told = f"<html><h1>Deck</h1><script id='__NEXT_DATA__'>{json.dumps(data)}</script>"
    listed = "".join(f"<li>{n}. {one}<br>more</li>" for n, one in enumerate(texts, 1))
    return [told.encode(), f"<html><h1>Deck</h1><div class='transcript'><ol>{listed}</ol></div>".encode()]


# Archives


def _repository(data: bytes) -> None:
    for file in repository.documents(data, url=URL, cap=2**24):
        assert ".." not in file.path.split("/")
        assert not file.path.startswith("/")
        assert repository.is_document(file.path)


def _repository_samples() -> list[bytes]:
    files = {
        "top/README.md": b"# Read me\n\nThis ranks.",
        "top/docs/a.txt": b"Notes.",
        "top/x.ipynb": _notebook_samples()[0],
    }
    return [
        test_repository.packed(files, links={"top/link.md": "/etc/passwd"}),
        gzip.compress(b"no tar"),
        gzip.compress(b""),
    ]


@contextmanager
def _as_file(data: bytes, suffix: str) -> Iterator[Path]:
    place = _folder() / f"input-{os.getpid()}{suffix}"
    place.write_bytes(data)
    yield place


@cache
def _folder() -> Path:
    """In memory where there is such a place: a hundred thousand files need no disk."""
    shared = Path("/dev/shm")
    held = tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None, prefix="ninestep-fuzz-")
    _KEPT.append(held)
    return Path(held.name)


_KEPT: list[object] = []


def _warc(data: bytes) -> None:
    with _as_file(data, ".warc.gz") as place:
        for snapshot in archive.read(place):
            assert isinstance(snapshot.body, bytes)
            assert snapshot.fetched_at.tzinfo is not None


def _warc_samples() -> list[bytes]:
    record, answer = test_warc.record, test_warc.answer
    second = record(test_warc.chunked(b"<p>second</p>"), url="https://larkfield.example/second")
    revisit = record(test_warc.HEAD + b"\r\n", kind="revisit", more=f"WARC-Refers-To-Target-URI: {URL}\r\n")
    coded = record(answer(gzip.compress(test_warc.HTML), headers=b"Content-Encoding: gzip\r\n"))
    whole = [
        test_warc.INFO,
        record(answer()),
        second,
        coded,
        revisit,
        record(b"<p>a", kind="resource", type_="text/html"),
    ]
    arc = b"filedesc://a.arc 0.0.0.0 20200101000000 text/plain 20\n1 0 Larkfield\nURL IP\n\n"
    arc += b"http://a.example/ 1.2.3.4 20200101000000 text/html 60\n" + answer(b"<p>a")[:60] + b"\n"
    return [b"".join(whole), b"".join(gzip.compress(one) for one in whole), gzip.compress(b"".join(whole)), arc]


def _warc_cut(data: bytes) -> None:
    """A file that ends in mid-record gives all that came before."""
    record = [test_warc.record(test_warc.answer(data), url=f"https://a.example/{number}") for number in range(3)]
    cut = len(record[0]) + len(record[1]) + (data[0] if data else 0) % len(record[2])
    with _as_file(b"".join(record)[:cut], ".warc") as place:
        assert [one.body for one in archive.read(place)][:2] == [data, data]


_WARC_WORDS = (
    b"WARC/1.0\r\n", b"WARC-Type: response\r\n", b"Content-Length: ", b"Content-Length: -1\r\n", b"\r\n\r\n",
    b"WARC-Target-URI: http://[\r\n", b"WARC-Date: 9999-99-99\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip, br, zstd\r\n", b"HTTP/1.1 200\r\n", b"HTTP/1.1 999999\r\n", b"WARC-Date: 2020\r\n",
    b"Location: http://[\r\n", b"fffffffff\r\n", b"-1\r\n", b" folded\r\n", b"WARC-Type: revisit\r\n",
)  # fmt: skip


def _coding(data: bytes) -> None:
    codings = ("gzip", "deflate", "br", "zstd", "gzip, br", "zstd,zstd", "x,gzip,deflate", "gzip,gzip,gzip,gzip,gzip")
    cap = 100_000
    assert len(coding.decoded(data[1:], codings[(data or b"\0")[0] % len(codings)], cap=cap)) <= max(cap, len(data))


def _coding_samples() -> list[bytes]:
    import zlib

    import brotli
    import zstandard

    body = b"<p>Ranked.</p>" * 40
    packed = (gzip.compress(body), zlib.compress(body), brotli.compress(body), zstandard.compress(body))
    return [bytes([number]) + one for number, one in enumerate(packed)] + [b"\0" + gzip.compress(bytes(200_000))]


def _bundle(data: bytes) -> None:
    with _as_file(data, ".ninestep") as place, tempfile.TemporaryDirectory(dir=_folder()) as folder:
        try:
            bundle.unpack(place, to=Path(folder))
        finally:
            assert all(one.is_dir() or bundle.belongs(str(one.relative_to(folder))) for one in Path(folder).rglob("*"))


def _restored(data: bytes) -> None:
    """A bundle with other contents, and digests that fit them: as somebody would make one on purpose."""
    with _as_file(_vouched(data), ".ninestep") as place, tempfile.TemporaryDirectory(dir=_folder()) as folder:
        moving.restore(settings.Settings(home=Path(folder, "home")), place)
        assert not (Path(folder, "home") / "keys.json").exists()


def _vouched(data: bytes) -> bytes:
    made = io.BytesIO()
    with suppress(zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, OSError, RuntimeError):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            held = {one.filename: packed.read(one) for one in packed.infolist() if one.filename != "bundle.json"}
        told = {name: (hashlib.sha256(body).hexdigest(), len(body)) for name, body in held.items()}
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, body in held.items():
                packed.writestr(name, body)
            packed.writestr("bundle.json", json.dumps({"format": 1, "version": "0", "files": told}))
        return made.getvalue()
    return data


@cache
def _bundle_samples() -> list[bytes]:
    from tests.ui.test_moving import fill

    with tempfile.TemporaryDirectory() as folder:
        moving.export(fill(Path(folder, "home")), Path(folder, "a.ninestep"))
        return [Path(folder, "a.ninestep").read_bytes()]


# Questions, answers, callers


def _markers(data: bytes) -> None:
    reply = _text(data)
    written = generate.sentences(reply, given=3)
    for one in written:
        assert all(1 <= number <= 3 for number in one.numbers)
        assert all(not 1 <= number <= 3 for number in one.invalid)
        assert one.text.strip()
    for end in range(0, min(len(reply), 60)):
        assert reply.startswith(generate.released(reply[:end]))
    quotes = [reply[:500] or "x", "A canary takes traffic."]
    prompt = generate.prompt("Why?", quotes, context_tokens=2048, answer_tokens=256)[0].content
    assert prompt.rstrip().endswith("NO ANSWER.")


def _markers_samples() -> list[bytes]:
    return [
        b"A canary takes traffic [1]. A shadow model answers nobody [2, 3].\n\n```\nx = a[1]\n```\nNobody sees it. [1][2]",
        b"NO ANSWER.", b"First, the ranker reads forty features [9].\nThen it answers. [1", b"One \xe2\x80\x9cquoted\xe2\x80\x9d [3] end.",
    ]  # fmt: skip


def _events(data: bytes) -> None:
    """A language model's stream, as its server sends it."""
    lines = _text(data).split("\n")
    assert all(isinstance(text, str) and text for text in generate.deltas(lines))


def _events_samples() -> list[bytes]:
    told = json.dumps({"choices": [{"delta": {"content": "A canary"}}]}).encode()
    return [
        b"data: " + told + b"\n\n: waiting\n\ndata: " + told + b"\n\ndata: [DONE]\n\n",
        b'data: {"choices": []}\n\ndata: {"usage": null}',
    ]


def _claims(data: bytes) -> None:
    """A sentence against the quotations that it cites, both of anyone's making; then as the premise of a question."""
    sentence, *quotes = _text(data).split("\n")
    support = verify.support(sentence, quotes)
    assert 0.0 <= support.score <= 1.0
    assert support.verdict is not Verdict.SUPPORTED or quotes
    assert not sentence.split() or verify.support(sentence, [f"x. {sentence} y"]).verdict is Verdict.SUPPORTED
    premise.claim(sentence)
    premise.presumed(sentence)
    premise.claimed(sentence)


def _claims_samples() -> list[bytes]:
    return [
        b"Why did Larkfield drop its 0.87 ranker in 2019?\nThe ranker reads 40 features within 50 ms.\nIt was not kept: recall@10 fell by 3.5%.",
        b"Since trees never overfit, five hundred thousand are faster than two.\nTrees overfit, unlike a line, at 2 to 3x the cost.",
    ]


def _anchors(data: bytes) -> None:
    """A quotation of one text, found again in another."""
    before, _, after = _text(data).partition("\n---\n")
    if not before:
        return
    wanted = anchor.anchor(before, start := len(before) // 3, max(start + 1, len(before) // 2))
    assert before[wanted.start : wanted.end] == wanted.exact
    assert anchor.locate(before, wanted) == anchor.Place(wanted.start, wanted.end, changed=False)
    if found := anchor.locate(after, wanted):
        assert 0 <= found.start < found.end <= len(after)
        assert found.changed or after[found.start : found.end] == wanted.exact
    assert not set(' "<>\n') & set(anchor.link("https://larkfield.example/a", wanted.exact))


def _anchors_samples() -> list[bytes]:
    words = (
        b"A canary takes traffic. A shadow model answers nobody. The ranker reads forty features of every candidate. "
    )
    return [words + b"\n---\n" + words.replace(b"forty", b"fifty"), words * 4 + b"\n---\nNew. " + words * 5]


def _collection(data: bytes) -> None:
    """A test collection in the layout of BEIR: three files, parted by a line of dashes."""
    parts = [*data.split(b"\n---\n"), b"", b""][:3]
    with tempfile.TemporaryDirectory(dir=_folder()) as folder:
        for name, part in zip(("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"), parts, strict=True):
            Path(folder, name).parent.mkdir(exist_ok=True)
            Path(folder, name).write_bytes(part)
        held = collections.load(Path(folder))
        assert held.qrels
        assert all(_sound_document(one) is None for one in held.documents)


def _collection_samples() -> list[bytes]:
    corpus = b'{"_id": "1", "title": "T", "text": "A ranker.\\n\\nIt reads."}\n{"_id": "2", "text": "A canary."}'
    return [corpus + b'\n---\n{"_id": "q", "text": "what ranks?"}\n---\nquery-id\tcorpus-id\tscore\nq\t1\t1']


def _question(data: bytes) -> None:
    asked, *history = _text(data).split("\n---\n")
    understood = question.understand(asked, history=history[:20])
    assert understood.text == asked
    assert 0 < len(understood.query) <= question.MAX_CHARACTERS
    question.subject(understood)


def _question_samples() -> list[bytes]:
    asked = (
        "How would you design a video recommender?", "two-tower or cross-encoder?", "What about latency?\n---\nDesign a feed",
        "and for video?\n---\nDesign a spam filter\n---\nwhy?", "hello", "Compare A and B for ranking at scale.",
        "How did Airbnb, Uber and Netflix each differ?", "please can you help me to design it", "I need to detect fraud",
    )  # fmt: skip
    return [one.encode() for one in asked]


_QUESTION_WORDS = tuple(
    f" {word} ".encode()
    for word in ("please", "design", "a", "an", "or", "vs", "how", "would", "you", "i", "need to", "the", "and", "for",
                 "compare", "between", "what about", "why", "it", "that", "system", "so", "ok", "better than", "?", ",")
)  # fmt: skip

_NAMES = ("PORT", "HOST", "RATE", "HOSTS", "ORIGINS", "KEYS", "LLM_URL", "LLM_MODE", "LLM_CONTEXT", "INDEX", "LOG_LEVEL",
          "LOG_QUESTIONS", "RERANKER", "MODEL", "LLM_KEY", "HOME")  # fmt: skip


def _settings(data: bytes) -> None:
    """Lines of NAME=value, put into the environment."""
    given = {}
    for line in data.replace(b"\0", b"").split(b"\n")[:6]:
        name, _, value = line.partition(b"=")
        if name.decode("latin-1") in _NAMES:
            given[f"NINESTEP_{name.decode()}"] = os.fsdecode(value)
    os.environ.update(given)
    try:
        read = settings.read()
        assert 1 <= read.port <= 65535
        assert isinstance(read.is_local, bool)
    finally:
        for name in given:
            del os.environ[name]


def _settings_samples() -> list[bytes]:
    return [
        b"PORT=7860\nHOST=127.0.0.1\nRATE=600/minute", b"HOSTS=a.example,b.example\nORIGINS=https://a.example\nKEYS=always",
        b"INDEX=milvus+http://root:pw@host:19530/db\nLLM_MODE=marked\nLLM_CONTEXT=2048", b"INDEX=/tmp/a.db\nLOG_LEVEL=debug",
        b"LOG_QUESTIONS=yes\nRERANKER=/tmp/x\nHOME=/tmp/h", b"INDEX=milvus+http://[::1]:19530\nRATE=5 per 2 hours;1/day",
    ]  # fmt: skip


def _filters(data: bytes) -> None:
    """A body of /v1/search, to the page that it asks for."""
    wanted = schemas.SearchRequest.model_validate_json(data).wanted()
    held = _small_index()
    found = page.turn(HybridSearcher(held, HashEmbedder(), mode=Mode.LEXICAL), held, None, wanted)
    assert len(found.hits) <= wanted.k


def _filters_samples() -> list[bytes]:
    filters = {
        "kinds": ["blog"],
        "organisations": ["Pinterest"],
        "steps": [3, 4],
        "topics": ["x"],
        "since": "2019-06",
        "until": "2023",
    }
    cursor = base64.urlsafe_b64encode(json.dumps([_small_index().manifest.id, "0" * 12, 2]).encode()).decode()
    return [
        json.dumps({"query": "what ranks", "k": 5, "filters": filters, "mode": "lexical"}).encode(),
        json.dumps({"query": "stage", "collapse": "document", "explain": True, "cursor": cursor}).encode(),
    ]  # fmt: skip


def _cursors(data: bytes) -> None:
    held = _small_index()
    wanted = page.Wanted("what ranks", k=2, mode=Mode.LEXICAL, cursor=_text(data))
    page.turn(HybridSearcher(held, HashEmbedder(), mode=Mode.LEXICAL), held, None, wanted)


def _cursors_samples() -> list[bytes]:
    held = _small_index()
    first = page.turn(
        HybridSearcher(held, HashEmbedder(), mode=Mode.LEXICAL),
        held,
        None,
        page.Wanted("what ranks", k=2, mode=Mode.LEXICAL),
    )
    return [first.cursor.encode(), base64.urlsafe_b64encode(b'["x","y",[1]]'), base64.urlsafe_b64encode(b"[" * 3_000)]


@cache
def _small_index() -> Any:
    home = _folder() / "index"
    made = [
        document(f"# Stage {number}\n\nStage {number} ranks what was found.", id=f"stage-{number}")
        for number in range(6)
    ]
    building.build(made, root=home, embedder=HashEmbedder())
    serving = Serving(home, HashEmbedder())
    with serving.generation() as held:
        _KEPT.append(serving)
        return held


def _record(data: bytes) -> None:
    """What a browser sends back to have it shown, exported or shared."""
    from assistant import export
    from ui import pdf as printer
    from ui import places, render

    result = record.load(_text(data))
    pieces = render.pieces(result, turn="t", places=lambda one: places.find(one, lambda _: None))
    shown = render.opening(result) + "".join(piece.html + piece.cards for piece in pieces)
    assert "<script" not in shown
    shown.encode()
    export.markdown(result)
    printer.write(result)


def _record_samples() -> list[bytes]:
    from assistant.types import Declined, Question, QuestionKind
    from tests.ui.test_render import answer, citation

    declined = Declined(Question("Why?", "why", QuestionKind.FACT), "Nothing is found.", (), ("a topic",))
    return [record.dump(one).encode() for one in (answer(citation(), citation(2), steps=3, head=True), declined)]


def _caller(data: bytes) -> None:
    """Headers as anybody can send them; the guard answers each, and nothing fails inside."""
    lines = [line.partition(b":") for line in data.replace(b"\0", b"").split(b"\n")[1:20]]
    headers = [(name.strip().lower(), value.strip()) for name, _, value in lines if name.strip()]
    path = data.partition(b"\n")[0][:200].decode("latin-1")
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": headers,
        "client": ("1.2.3.4", 5),
        "query_string": b"",
    }
    told = asyncio.run(_answered(scope))
    assert told[0]["status"] < 500, told
    for name, value in told[0]["headers"]:
        assert not {10, 13, 0} & set(name + value), (name, value)


async def _answered(scope: dict[str, Any]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    await _door()(scope, receive, send)
    return told


@cache
def _door() -> Guard:
    async def inside(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ring = KeyRing(_folder() / "keys.json")
    ring.add("one", scopes=[])
    policy = Policy(keys_required=False, hosts=("localhost", "127.0.0.1", "::1"), origins=("https://a.example",))
    return Guard(inside, policy=policy, keys=ring, metrics=Metrics())


def _caller_samples() -> list[bytes]:
    key = base64.b64encode(b"user:ns-12345678-abc")
    return [
        b"/v1/search\nhost: localhost:7860\norigin: http://localhost:7860\ncontent-length: 12\nx-request-id: abc",
        b"/v1/ingest\nhost: [::1]:7860\nauthorization: Bearer ns-12345678-abc", b"/mcp\nhost: localhost\nauthorization: Basic " + key,
    ]  # fmt: skip


_CALLER_WORDS = (b"host: [", b"host: ]", b"\norigin: http://[", b"\nauthorization: Basic \xe9", b"\nauthorization: Bearer \xff",
                 b"\ncontent-length: \xc2\xb2", b"\nx-request-id: a\rb", b"host: a@b", b":99999", b"%zone", b"\nauthorization: Basic ====")  # fmt: skip


def _addresses(data: bytes) -> None:
    """An address as a page may name it, through everything that judges or follows it."""
    from fastapi import HTTPException

    url = _text(data)
    list(site.follow([url, f"/{url}", f"//{url}"], page=URL, root="https://larkfield.example/"))
    refresh.target(data)
    refresh.target(b'<meta http-equiv=refresh content="0; url=' + data + b'">')
    address.slug(url)
    address.moves(url)
    try:
        refuse_private(url)
    except HTTPException:
        return
    for use in (
        address.canonical,
        address.key,
        address.sources_of,
        address.video_id,
        address.repository,
        slides.is_deck_page,
    ):
        use(url)
    address.at(url, page=2, seconds=3.0)


def _addresses_samples() -> list[bytes]:
    return [
        b"https://www.youtube.com/watch?v=abcdefghijk&t=3", b"http://127.0.0.1:80/x?utm_source=a#b", b"https://github.com/a/b/blob/main/x.md",
        b"https://[::ffff:7f00:1]/", b"http://0x7f.1/", b"https://arxiv.org/abs/1706.03762v1", b"https://user:pw@a.example:443/",
        b"https://web.archive.org/web/2020/https://a.example/", b"https://uber.com/en-GB/blog/x/", b"https://a.example/%zz?a=%00&b",
    ]  # fmt: skip


_ADDRESS_WORDS = (
    b"http://",
    b"https://",
    b"[",
    b"]",
    b"@",
    b":",
    b"//",
    b"%25",
    b"%00",
    b":99999",
    b"::1",
    b"\xef\xbc\x8f",
    b"?u=/watch?v=",
)


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("html", _html, _html_samples, _TAGS, seconds=6, costly=True),
        Target("response", _response, _response_samples, _TAGS, (IngestError,), seconds=6, costly=True),
        Target("pdf", _pdf, _pdf_samples, _PDF_WORDS, seconds=20, costly=True),
        Target("letters", _letters, _pdf_samples, _PDF_WORDS, seconds=6, costly=True),
        Target("layout", _layout, _layout_samples, (b"\n", b". ", b"-\n", b"References\n", b"1 ", b"\xef\xac\x81")),
        Target("notebook", _notebook, _notebook_samples, (b'"cell_type"', b'"source"', b"```", b"<div>", b"- ", b"| ")),
        Target("docx", _office, lambda: [test_office.word()], (b"<w:p>", b"<w:tbl>", b"<!DOCTYPE x>", b"&x;", b"w:val="), costly=True),
        Target("pptx", _office, lambda: [test_office.deck()], (b"<p:sp>", b"<a:t>", b"<!DOCTYPE x>", b"&x;", b"r:id="), costly=True),
        Target("markdown", _markdown, _markdown_samples, (b"---\n", b"```", b"> ", b"- ", b"[", b"](", b"| ", b"<div>", b"*", b"{%", b"[^1]:", b"$$"), seconds=6, costly=True, most=12_000),
        Target("restructured", _restructured, _restructured_samples, (b".. ", b"::", b":a:`", b"`_", b"|x|", b"====\n", b".. |x| replace:: |x|\n", b".. include:: "), seconds=6, costly=True, most=12_000),
        Target("plain", _plain, _plain_samples, (b"\n\n", b"    ", b"====", b"\r\n", b"\t")),
        Target("captions", _captions, _captions_samples, (b"-->", b"00:00:01.000", b"<text start=", b"<p t=", b"WEBVTT\n", b"1e999", b"nan", b"<", b"]]>")),
        Target("watch", _watch, _watch_samples, (b"ytInitialPlayerResponse = ", b"{", b"[", b'"videoDetails":', b"0:00 A\n")),
        Target("slideshare", _deck_page, _deck_page_samples, (*_TAGS[:14], b"transcript", b"__NEXT_DATA__", b'{"transcript":'), costly=True),
        Target("repository", _repository, _repository_samples, (b"ustar", b"\0" * 512, b"../", b"30 size=-1\n", b"27 mtime=x\n")),
        Target("warc", _warc, _warc_samples, _WARC_WORDS, (ArchiveError,)),
        Target("warc-cut", _warc_cut, lambda: [b"<p>a body</p>", b"\r\n\r\nWARC/1.0\r\n"], _WARC_WORDS, (ArchiveError,)),
        Target("coding", _coding, _coding_samples, (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x78\x9c"), (TooLargeError,)),
        Target("bundle", _bundle, _bundle_samples, (b'"files"', b'"format": 1', b"library.sqlite", b"archive/"), (BundleError,)),
        Target("restore", _restored, _bundle_samples, (b"CREATE TRIGGER", b"documents", b"null"), (IngestError,), seconds=6, costly=True),
        Target("markers", _markers, _markers_samples, (b"[1]", b"[1, 2]", b"[", b"]", b"```", b". ", b"NO ANSWER", b"[999]", b" [,")),
        Target("events", _events, _events_samples, (b"data: ", b"[DONE]", b'"choices"', b"[]", b"null", b"{", b"[", b"\n"), (GenerationError,)),
        Target("claims", _claims, _claims_samples, (b"\n", b" not ", b"0.87", b"3.5%", b" no ", b"never", b"Why did ", b"Since ", b", ", b"1e999", b"\xc2\xbd")),
        Target("anchors", _anchors, _anchors_samples, (b"\n---\n", b". ", b"-", b"%", b"\xcc\x81", b"A canary "), most=12_000),
        Target("collection", _collection, _collection_samples, (b"\n---\n", b"\n", b"\t", b'"_id"', b'"text"', b"null", b"[", b"\xff"), (CollectionError,)),
        Target("question", _question, _question_samples, _QUESTION_WORDS, (QuestionError,)),
        Target("settings", _settings, _settings_samples, tuple(f"\n{name}=".encode() for name in _NAMES), (SettingsError,)),
        Target("filters", _filters, _filters_samples, (b'"since"', b"2019-13", b'"k": 101', b"null"), (ValidationError, CursorError)),
        Target("cursors", _cursors, _cursors_samples, (b"=", b"-", b"_", b"W10", b"bnVsbA"), (CursorError,)),
        Target("record", _record, _record_samples, (b"<script>", b"javascript:", b"https://[", b"null"), (QuestionError,), seconds=6, costly=True),
        Target("caller", _caller, _caller_samples, _CALLER_WORDS, ()),
        Target("addresses", _addresses, _addresses_samples, _ADDRESS_WORDS, ()),
    )
}  # fmt: skip
