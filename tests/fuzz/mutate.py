"""Small real samples made hostile: what they are made of is changed, not only their bytes.

A flipped bit in a compressed file tests its checksum and nothing behind it. So zip archives are changed member by
member, gzip below its compression, tar file by file, JSON value by value; everything else as text or bytes, with words
that the formats themselves use. All is drawn from one `Random`, so a seed tells the input.
"""

import gzip
import io
import json
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

MAX_BYTES = 48_000  # of an input: what costs more than its share shows on small ones as well

_ODD_NUMBERS = (0, -1, 1, 255, 65_536, 2**31, -(2**31), 2**63, 2**64, 10**40, -0.0, 1e308, float("inf"), float("nan"))
_ODD_TEXTS = (
    "", " ", "\0", "\ufeff", "\ud800", "\u202e", "é", "e\u0301", "\u200b", "😀", "ﬁ", "İ", "ß", "\u2028", "%00", "../",
    "[1]", "[999]", "```", "NaN", "1e999", "-" * 40, "A" * 300, "<script>", "&#x110000;", "&#0;", "${x}", "\\", "\r",
)  # fmt: skip
_ODD_BYTES = (*(text.encode("utf-8", "surrogatepass") for text in _ODD_TEXTS), b"\xff\xfe", b"\xc0\x80", b"\xed")
_DEPTHS = (2, 20, 300, 3_000)

Words = Sequence[bytes]


def mutated(sample: bytes, *, draw: random.Random, words: Words = ()) -> bytes:
    """A sample, changed once or a few times.

    Args:
        sample: A real small file.
        draw: Decides everything.
        words: What the format is made of; put where it does not belong.
    """
    changed = sample
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        changed = _once(changed, draw, words)[:MAX_BYTES] if changed else _noise(draw, words)
    return changed


def _once(body: bytes, draw: random.Random, words: Words) -> bytes:
    if draw.random() < 0.85:
        for fits, change in _STRUCTURES:
            if fits(body):
                with suppress(ValueError, OSError, EOFError, RecursionError, zlib.error, tarfile.TarError,
                              zipfile.BadZipFile, NotImplementedError, RuntimeError, OverflowError):  # fmt: skip
                    return change(body, draw, words)
    return draw.choice(_CHANGES)(body, draw, words)


def _noise(draw: random.Random, words: Words) -> bytes:
    pieces = [
        draw.choice((*words, *_ODD_BYTES, draw.randbytes(draw.randrange(1, 9)))) for _ in range(draw.randrange(40))
    ]
    return b"".join(pieces)


def _span(body: bytes, draw: random.Random) -> tuple[int, int]:
    start = draw.randrange(len(body) + 1)
    return start, min(len(body), start + int(draw.expovariate(1 / 12)))


def _flip(body: bytes, draw: random.Random, words: Words) -> bytes:
    place = draw.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << draw.randrange(8))]) + body[place + 1 :]


def _cut_out(body: bytes, draw: random.Random, words: Words) -> bytes:
    start, end = _span(body, draw)
    return body[:start] + body[end:]


def _cut_off(body: bytes, draw: random.Random, words: Words) -> bytes:
    return body[: draw.randrange(len(body))]


def _put_in(body: bytes, draw: random.Random, words: Words) -> bytes:
    start, end = _span(body, draw)
    return body[:start] + draw.choice((*words, *_ODD_BYTES)) + body[draw.choice((start, end)) :]


def _repeat(body: bytes, draw: random.Random, words: Words) -> bytes:
    start, end = _span(body, draw)
    piece = body[start:end] or draw.choice((*words, b"("))
    return body[:start] + piece * min(draw.choice(_DEPTHS), MAX_BYTES // len(piece)) + body[end:]


def _swap(body: bytes, draw: random.Random, words: Words) -> bytes:
    (one, two), (three, four) = sorted((_span(body, draw), _span(body, draw)))
    return body if two > three else body[:one] + body[three:four] + body[two:three] + body[one:two] + body[four:]


def _renumber(body: bytes, draw: random.Random, words: Words) -> bytes:
    places = [place for place, byte in enumerate(body[:8_000]) if 48 <= byte <= 57]
    if not places:
        return _put_in(body, draw, words)
    start = draw.choice(places)
    end = start
    while end < len(body) and 48 <= body[end] <= 57:
        end += 1
    return body[:start] + str(draw.choice(_ODD_NUMBERS)).encode() + body[end:]


def _lines(body: bytes, draw: random.Random, words: Words) -> bytes:
    lines = body.split(b"\n")
    place, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[place], lines[other] = lines[other], draw.choice((lines[place], lines[other], b""))
    return b"\n".join(lines)


_CHANGES: tuple[Callable[[bytes, random.Random, Words], bytes], ...] = (
    _flip, _cut_out, _cut_off, _put_in, _put_in, _repeat, _swap, _renumber, _lines,
)  # fmt: skip


def _zip(body: bytes, draw: random.Random, words: Words) -> bytes:
    """One member changed, renamed, left out, doubled, or given a size that it has not."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        members = [(info, packed.read(info)) for info in packed.infolist()]
    chosen = draw.randrange(len(members))
    act = draw.choice(("change", "change", "change", "change", "rename", "leave out", "double", "lie"))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, (info, held) in enumerate(members):
            if number != chosen:
                packed.writestr(info, held)
            elif act == "change":
                packed.writestr(info, _once(held, draw, words) if held else _noise(draw, words))
            elif act == "rename":
                name = draw.choice(("../up", "/abs", "a\\b", "word/document.xml", "x" * 300, "é", "archive/a.warc.gz"))
                packed.writestr(name, held)
            elif act == "double":
                packed.writestr(info, held)
                packed.writestr(f"{info.filename}x", held)
            elif act == "lie":
                packed.writestr(info, held)
                packed.infolist()[-1].file_size = draw.choice((0, 1, 2**30, 2**32 - 2))
    return made.getvalue()


def _gzip(body: bytes, draw: random.Random, words: Words) -> bytes:
    inner = zlib.decompressobj(31).decompress(body, 4 * MAX_BYTES)
    return gzip.compress(_once(inner, draw, words) if inner else _noise(draw, words), compresslevel=1, mtime=0)


def _tar(body: bytes, draw: random.Random, words: Words) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as packed:
        members = [(member, (packed.extractfile(member) or io.BytesIO()).read()) for member in packed if member.isreg()]
    chosen = draw.randrange(len(members))
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:", format=draw.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))) as packed:
        for number, (member, held) in enumerate(members):
            inner = held
            if number == chosen:
                match draw.choice(("change", "change", "rename", "type", "header")):
                    case "change":
                        inner = _once(held, draw, words) if held else _noise(draw, words)
                    case "rename":
                        odd = draw.choice(
                            ("../../up.md", "/etc/x.md", "a/" * 60 + "x.md", "a/b\0c.md", "a/é.md", "a/../b.md")
                        )
                        member.name = draw.choice((odd, member.name + draw.choice(_ODD_TEXTS[:18])))
                    case "type":
                        member.type = draw.choice((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, b"x", b"9"))
                        member.linkname = "/etc/passwd"
                    case "header":
                        member.pax_headers = {
                            draw.choice(("size", "mtime", "path", "GNU.sparse.map")): draw.choice(
                                ("-1", "x", "1e9", "9" * 30)
                            )
                        }
            member.size = len(inner)
            packed.addfile(member, io.BytesIO(inner))
    return made.getvalue()


def _json(body: bytes, draw: random.Random, words: Words) -> bytes:
    """One value somewhere in the tree exchanged, nested or doubled."""
    tree = json.loads(body)
    places = list(_places(tree))
    if not places:
        return _put_in(body, draw, words)
    holder, key = draw.choice(places)
    text = draw.choice((*words, *_ODD_BYTES)).decode("utf-8", "surrogatepass")
    odd: tuple[Any, ...] = (None, True, [], {}, [[]], draw.choice(_ODD_NUMBERS), text, str(holder[key])[:400] + text)
    holder[key] = draw.choice(odd)
    if draw.random() < 0.1:
        mark = '"\u0001here"'
        holder[key] = "\u0001here"
        depth = draw.choice((10, 500, 5_000))
        return json.dumps(tree).replace(json.dumps("\u0001here"), "[" * depth + "]" * depth).replace(mark, "1").encode()
    return json.dumps(tree, ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")


def _places(tree: Any) -> Any:
    if isinstance(tree, dict | list):
        for key, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
            yield tree, key
            yield from _places(value)


_STRUCTURES: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, random.Random, Words], bytes]], ...] = (
    (lambda body: body.startswith(b"PK"), _zip),
    (lambda body: body.startswith(b"\x1f\x8b"), _gzip),
    (lambda body: body[257:262] == b"ustar", _tar),
    (lambda body: body[:1] in {b"{", b"["}, _json),
)  # fmt: skip
