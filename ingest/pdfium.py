"""pdfium, alone in a process: PDF bytes on standard input, runs of letters as JSON on standard output.

Run as `python -m ingest.pdfium PART PARTS` by `ingest.pdf`: of the file's pages, cut into PARTS stretches of equal
length, it reads the one numbered PART from 0. The process caps its own memory before it reads a byte, so a file that
unpacks without end kills this process and nothing else. A run is a stretch of letters on one line without a wide gap;
it carries its size as printed (font size times scale), weight, place and direction.
"""

import ctypes
import json
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest.ligatures import THREE, TWO
from ingest.types import Reason

MEMORY_BYTES = 512 * 2**20
_MAX_PAGES = 2_000
_MAX_LETTERS = 200_000  # of one page
_WIDE_GAP = 1.1  # in letter heights; words stand 0.2–0.6 apart, columns and cells more than 1.2
_WIDE_F = re.compile(  # italics and typewriters: their f is wide by nature
    r"ital|obli|slant|cmti|cmmi|mathmi|txmi|mathit|-it?\b|ti\d*$|mono|cour|typew|cmtt|tt\d|consol|menlo|code",
    re.IGNORECASE,
)
_SPACES = frozenset({9, 32, 160})
_BREAKS = frozenset({0, 10, 13})
_OT1 = {0x0B: "ff", 0x0C: "fi", 0x0D: "fl", 0x0E: "ffi", 0x0F: "• "}  # TeX's own encoding, where a font names none
_DRAWN = str.maketrans({"{": "–", "|": "—", "\\": "“"})  # TeX's text faces, drawn as bitmaps, have these at those codes
_LIBERTINE = {0x82: "Th", 0x87: "Th", 0x89: "ft", 0x8A: "tt", 0x8C: "Th"}  # ligatures of the ACM's text face
_NAMELESS = frozenset(map(chr, range(0x1B, 0x20)))  # ff, fi, fl, ffi, ffl of TeX's T1 encoding, or in another order
_OML = {0x0B: "α", 0x0C: "β", 0x0D: "γ", 0x0E: "δ", 0x0F: "ε"}  # of TeX's letters for formulas
_MISNAMED = {0x21B5: "ff", 0x270F: "ffl"}  # what some files call ligatures of TeX's text faces; ffi has 0 there
_CODED = frozenset({0, *_OT1, *_LIBERTINE, *map(ord, _NAMELESS), *_MISNAMED})  # ligatures in some fonts alone
_TEX_TEXT = re.compile(r"(?:^|\+)(?:CM(?:R|BX|TI|SL|SS|CSC|B)|SF[A-Z]{2})[A-Z]*\d+$")
_TEX_SIGNS = re.compile(r"(?:^|\+)CMB?SY\d*$")
_RELATIONS = frozenset("=<>≤≥≡∼≈≃∈∋⊂⊃⊆⊇∃→⇒|∥")  # that a stroke through them negates
_SIGNS = re.compile(r"cmsy|cmex|cmmi|math|symbol|stmary|txex|txsy|msam|msbm|^TT[0-9A-F]+t\d", re.IGNORECASE)
_MAYBE = frozenset({"f", *_NAMELESS})
_LINE_FEED = 10
_WORD_GAP = 0.17  # from it a space is meant, where the file has none; kerning moves letters by 0.05
_SMALLEST = 1.5  # points; a font that claims less is drawn letter by letter
_LIGATURE = 0.5  # in sizes: an f is 0.28–0.38 wide, fi and fl 0.5–0.6, ffi 0.8
_LONG_LIGATURE = 0.7
_FFI = 0.8  # TeX's is 0.83–0.99 wide, its widest Greek capital 0.78
_SHORT_LIGATURE = 0.45  # narrower than that is none, but a letter of a drawing whose codes are its own
_CAPITAL_LIGATURE = 0.9  # "Th" of the ACM's text face is 0.97–1.14 wide, "ft" and "tt" 0.6
_STROKES, _OVER = frozenset({"6", "\u0338"}), 0.1  # a stroke has no width; that in heights of the sign
_LONG = 25  # letters
_FEW = 8  # letters; a run of no more has no font that can be called its text's
_SAMPLE = 200  # letters of a page that tell which way its text runs
_BOLD = re.compile(r"bold|black|heavy|semib|demi|cmbx|cmssbx|-bd|\bmedi\b|-medi|nimbus\w*-medi|sfbx", re.IGNORECASE)


def main() -> None:
    """Cap the memory, read the file, print JSON."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    part, parts = (int(argument) for argument in sys.argv[1:])
    json.dump(extracted(sys.stdin.buffer.read(), part=part, parts=parts), sys.stdout)


def extracted(body: bytes, *, part: int = 0, parts: int = 1) -> dict[str, object]:
    """Title, number of pages and the letters of a stretch of them; or the reason why there are none."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(body) as pdf:
            count = min(len(pdf), _MAX_PAGES)
            pages = [_page(pdf, number) for number in range(count * part // parts, count * (part + 1) // parts)]
            return {"title": pdf.get_metadata_value("Title") or "", "count": len(pdf), "pages": pages}
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        reason = Reason.ENCRYPTED if encrypted else Reason.DAMAGED
        return {"reason": reason.value, "message": f"not a PDF that can be opened ({error})"}


def _page(pdf: Any, number: int) -> dict[str, object]:  # noqa: ANN401 - pypdfium2 ships no types
    page = pdf[number]
    letters = page.get_textpage()
    try:
        width, height = page.get_size()
        if page.get_rotation() in {90, 270}:
            width, height = height, width  # letters keep their places of before the page was turned
        frame = _Frame(_commonest_turn(letters), width, height)
        runs = _settled(list(_runs(letters, frame)))
        if frame.turn % 2:
            width, height = height, width
        return {"number": number + 1, "width": width, "height": height, "runs": runs}
    finally:
        letters.close()
        page.close()


def _commonest_turn(letters: Any) -> int:  # noqa: ANN401 - pypdfium2 ships no types
    """How most of a page's letters run: 0 to the right, 1 up, 2 to the left, 3 down."""
    count = min(letters.count_chars(), _MAX_LETTERS)
    turns = Counter(_turn(letters, at) for at in range(0, count, max(count // _SAMPLE, 1)))
    return turns.most_common(1)[0][0] if turns else 0


def _turn(letters: Any, at: int) -> int:  # noqa: ANN401 - pypdfium2 ships no types
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFText_GetMatrix(letters, at, matrix):
        return 0
    if abs(matrix.b) > abs(matrix.a):
        return 1 if matrix.b > 0 else 3
    return 2 if matrix.a < 0 else 0


def _runs(letters: Any, frame: "_Frame") -> Iterator[list[object]]:  # noqa: ANN401 - pypdfium2 ships no types
    """Runs of a page in the order of the file: [text, size, bold, left, right, base, turned]."""
    run: list[_Letter] = []
    last: _Letter | None = None
    for letter in _letters(letters, frame):
        if letter is None:
            if run and run[-1].text != " ":
                run.append(_space(run[-1]))
            continue
        if last is not None:
            if not _joins(run[0], last, letter):
                yield _run(letters, run, frame)
                run = []
            elif letter.left - last.right > _WORD_GAP * last.tall and run[-1].text != " " and _size(letters, last.at):
                run.append(_space(last))
        run.append(letter)
        last = letter
    if run:
        yield _run(letters, run, frame)


def _space(after: "_Letter") -> "_Letter":
    return _Letter(" ", after.at, after.right, after.right, after.base, 0.0)


def _letters(letters: Any, frame: "_Frame") -> "Iterator[_Letter | None]":  # noqa: ANN401 - pypdfium2 ships no types
    """The letters of a page with their places; None for a space."""
    import pypdfium2.raw as pdfium

    unicode_of = _quick(pdfium.FPDFText_GetUnicode)
    box_of = _quick(pdfium.FPDFText_GetLooseCharBox, 1)
    origin_of = _quick(pdfium.FPDFText_GetCharOrigin, 2)
    place, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    place_at, x_at, y_at = ctypes.byref(place), ctypes.byref(x), ctypes.byref(y)
    handle = ctypes.cast(letters.raw, ctypes.c_void_p)
    for index in range(min(letters.count_chars(), _MAX_LETTERS)):
        code = unicode_of(handle, index)
        if code in _SPACES:
            yield None
            continue
        if code in _BREAKS and (code == _LINE_FEED or pdfium.FPDFText_IsGenerated(letters, index) != 0):
            continue
        box_of(handle, index, place_at)
        origin_of(handle, index, x_at, y_at)
        width = abs(place.top - place.bottom) if frame.turn % 2 else place.right - place.left
        text = _of_code(letters, index, code, width) if code in _CODED else chr(code)
        if not text:
            continue
        if frame.turn:
            yield frame.upright(text, index, (place.left, place.bottom, place.right, place.top), (x.value, y.value))
            continue
        left, right = place.left, place.right
        yield _Letter(text, index, left, right if right > left else left, y.value, abs(place.top - place.bottom))


def _of_code(letters: Any, at: int, code: int, width: float) -> str:  # noqa: ANN401 - pypdfium2 ships no types
    """The letters of a code that some fonts have a ligature at; "" where this font shows no letter there."""
    font, size = _font(letters, at), _size(letters, at)
    if code in _LIBERTINE:
        if "liberti" not in font.lower():
            return chr(code)
        return "Th" if width > _CAPITAL_LIGATURE * size else _LIBERTINE[code]
    if code in _MISNAMED:
        return _MISNAMED[code] if _TEX_TEXT.search(font) else chr(code)
    if code == 0 and _TEX_SIGNS.search(font):
        return "−"
    if code == 0:
        return "ffi" if _TEX_TEXT.search(font) and width > _FFI * size else ""
    if re.search(r"(?:^|\+)CMMI", font):
        return _OML.get(code, "")
    if _SIGNS.search(font) or width < _SHORT_LIGATURE * size:
        return ""
    return _OT1.get(code) or chr(code)


def _quick(function: Any, pointers: int = 0) -> Any:  # noqa: ANN401 - ctypes knows no types
    """A function of a text page, a letter's number and places for the answer, without checks of types.

    Half the time of a page goes into these calls; ctypes' checks of pointer types were a quarter of that.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value
    if address is None:
        raise ValueError(f"{function} has no address")
    prototype = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * pointers)
    return prototype(address)


def _joins(first: "_Letter", last: "_Letter", letter: "_Letter") -> bool:
    """Whether a letter stands on a run's line, close behind its last one, or shares its box as ligatures do."""
    tall = letter.tall if letter.tall > last.tall else last.tall
    if abs(letter.base - last.base) > 0.45 * tall and abs(letter.base - first.base) > 0.45 * tall:
        return False
    return -0.6 * tall < letter.left - last.right < _WIDE_GAP * tall or abs(letter.left - last.left) < 0.05


def _run(letters: Any, run: "list[_Letter]", frame: "_Frame") -> list[object]:  # noqa: ANN401 - pypdfium2 ships no types
    main = max(run, key=lambda one: one.tall)  # a note's number or an index is smaller than the text that it stands by
    turned = _turn(letters, main.at) != frame.turn
    told = _size(letters, _telling_size(letters, run, main).at)
    size = told or -_guessed_size(run)  # a guess is marked until the page's guesses are known
    bold = _is_bold(letters, run[0].at) and _is_bold(letters, run[-1].at)  # not a bold word before plain ones
    left, right, base = round(run[0].left, 1), round(max(one.right for one in run), 1), round(main.base, 1)
    text = _spelled(letters, run, abs(size)).lstrip()
    if size < 0:
        text = text.translate(_DRAWN)
    return [text, round(size, 2), bold, left, right, base, turned]


def _telling_size(letters: Any, run: "list[_Letter]", tallest: "_Letter") -> "_Letter":  # noqa: ANN401 - no types
    """The letter that a run's size is read from: the tallest in the font of most, if one font has most.

    Bullets are taller than the text that they stand in; so are roots and sums, which come from fonts of their own.
    """
    shown = [one for one in run if one.text.isalnum()]
    if len(shown) <= _FEW or all(one.tall > 0.99 * tallest.tall for one in shown):
        return tallest
    fonts = [_font(letters, one.at) for one in shown]
    usual, count = Counter(fonts).most_common(1)[0]
    if 2 * count <= len(shown):
        return tallest
    return max((one for one, font in zip(shown, fonts, strict=True) if font == usual), key=lambda one: one.tall)


def _size(letters: Any, at: int) -> float:  # noqa: ANN401 - pypdfium2 ships no types
    """A letter's size as printed; 0 where the font is drawn and names none."""
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    scale = math.hypot(matrix.c, matrix.d) if pdfium.FPDFText_GetMatrix(letters, at, matrix) else 1.0
    size = float(pdfium.FPDFText_GetFontSize(letters, at)) * (scale or 1.0)
    return size if size >= _SMALLEST else 0.0


def _font(letters: Any, at: int) -> str:  # noqa: ANN401 - pypdfium2 ships no types
    import pypdfium2.raw as pdfium

    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(letters, at, name, 128, ctypes.c_int())
    return name.value.decode("utf-8", "replace")


def _is_bold(letters: Any, at: int) -> bool:  # noqa: ANN401 - pypdfium2 ships no types
    import pypdfium2.raw as pdfium

    return bool(_BOLD.search(_font(letters, at))) or pdfium.FPDFText_GetFontWeight(letters, at) >= 600


def _settled(runs: list[list[Any]]) -> list[list[Any]]:
    """Runs with guessed sizes brought to the page's commonest guess, where they are near it."""
    guesses = Counter({-run[1]: 0 for run in runs if run[1] < 0})
    for run in runs:
        if run[1] < 0:
            guesses[-run[1]] += len(run[0])
    common = guesses.most_common(1)[0][0] if guesses else 0.0
    for run in runs:
        if run[1] < 0:
            near = 0.25 if len(run[0]) < _LONG else 0.5  # a whole line is as large as the rest, whatever brackets say
            run[1] = common if abs(-run[1] - common) < near * common else -run[1]
    return runs


def _guessed_size(run: "list[_Letter]") -> float:
    """The size of drawn fonts, which name none, from the height of their letters; to the half point."""
    tall = max(one.tall for one in run)
    text = "".join(one.text for one in run)
    share = 0.7 if re.search(r"[A-Zbdfhklt0-9()\[\]]", text) else 0.62 if re.search(r"[gjpqy]", text) else 0.44
    return max(round(tall / share * 2) / 2, 1.0)


def _negated(letters: Any, run: "list[_Letter]") -> "list[_Letter]":  # noqa: ANN401 - pypdfium2 ships no types
    """A run with each stroke and the sign that it is drawn through as one sign; TeX's font has the stroke at a 6."""
    found = list(run)
    for at in range(len(run) - 2, -1, -1):
        one, other = run[at], run[at + 1]
        if one.text not in _STROKES or other.text not in _RELATIONS or abs(other.left - one.left) > _OVER * other.tall:
            continue
        if one.text != "6" or _TEX_SIGNS.search(_font(letters, one.at)):
            found[at : at + 2] = [other._replace(text=unicodedata.normalize("NFC", f"{other.text}\u0338"))]
    return found


def _spelled(letters: Any, run: "list[_Letter]", size: float) -> str:  # noqa: ANN401 - pypdfium2 ships no types
    """A run's letters; an f as wide as a ligature is marked as one that lost its letters."""
    run = _negated(letters, run)
    if not any(one.text in _MAYBE and one.right - one.left > _LIGATURE * size for one in run):
        return "".join(one.text if one.text not in _NAMELESS else TWO for one in run)
    pieces = []
    lefts = [one.left for one in run]
    for one, before, after in zip(run, [None, *lefts], [*lefts[1:], None], strict=False):
        width = one.right - one.left
        shared = any(left is not None and abs(left - one.left) < 0.05 for left in (before, after))
        wide = one.text == "f" and width > _LIGATURE * size and not shared
        lost = one.text in _NAMELESS or (wide and not _WIDE_F.search(_font(letters, one.at)))
        pieces.append((THREE if width > _LONG_LIGATURE * size else TWO) if lost else one.text)
    return "".join(pieces)


class _Frame(NamedTuple):
    """How a page's text runs, and the page's size before it was turned."""

    turn: int
    width: float
    height: float

    def upright(
        self, text: str, at: int, box: tuple[float, float, float, float], origin: tuple[float, float]
    ) -> "_Letter":
        """A letter with its place as it is on the page turned upright."""
        left, bottom, right, top = box
        match self.turn:
            case 1:
                return _Letter(text, at, bottom, top, self.width - origin[0], right - left)
            case 2:
                return _Letter(text, at, self.width - right, self.width - left, self.height - origin[1], top - bottom)
            case _:
                return _Letter(text, at, self.height - top, self.height - bottom, origin[0], right - left)


class _Letter(NamedTuple):
    """A letter and its place; `tall` is the height of its box."""

    text: str
    at: int
    left: float
    right: float
    base: float
    tall: float


if __name__ == "__main__":
    main()
