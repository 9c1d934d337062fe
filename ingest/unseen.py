"""What a page holds and a reader does not see: removed, before anything is taken for its text.

Scripts, comments, templates; text that a style hides (inline, or by a plain class or id rule of the page's own style
sheet); text in the colour of its ground; marks beside headings and notes. Formulas become their TeX on the way, because
what shows them is a script.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ingest import formulas

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_TAGS = frozenset(
    {"script", "style", "template", "noscript", "svg", "iframe", "object", "embed", "canvas", "button", "select",
     "input", "textarea", "audio", "video", "map", "link", "meta", "rt", "rp"}
)  # fmt: skip
_NEVER_SHOWN = frozenset({"script", "style", "template", "noscript"})
DRAWN = "data-ns-drawn"  # put on a figure that is drawn in the page itself
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])"
    r"|(?:(?<![-\w])(?:left|top|right|text-indent)|margin-left)\s*:\s*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*scale\(\s*0\s*\)"
    r"|(?:max-)?height\s*:\s*0(?:px)?\s*(?:;|$|!)(?=.*overflow\s*:\s*hidden)",
    re.IGNORECASE,
)
_FADED = re.compile(r"opacity\s*:\s*0(?:\.0+)?(?![.\d])", re.IGNORECASE)
_ANIMATED = 0.2  # share of a page's text from which faded parts are animations that a script ends, not hidden words
_MANY = 3  # faded parts; a page that fades in as one scrolls has many, a poisoned one a block
_MOST = 0.5
_ARTICLE = 1_000  # characters
_MENU = 0.1  # of the hidden text
_HOLE, _PIECE = re.compile(r"^[BP]:\w+$"), re.compile(r"^S:\w+$")  # React's own names of them
_COMPLETED = re.compile(r"""\$RC\(["'](B:\w+)["'],\s*["'](S:\w+)["']""")
_MOVED = re.compile(r"""\$RS\(["'](S:\w+)["'],\s*["'](P:\w+)["']""")
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_HIDDEN_CLASSES = frozenset(  # the last two lines: icons that a font draws in the place of their names
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only", "a11y-hidden",
     "u-hidden", "is-hidden", "d-none",
     "material-icons", "material-icons-outlined", "material-icons-round", "material-icons-sharp",
     "material-symbols-outlined", "material-symbols-rounded", "material-symbols-sharp"}
)  # fmt: skip
_BRACE = re.compile(r"[{};]")
_PLAIN_SELECTOR = re.compile(r"^(?:[a-z]+)?([.#][\w-]+)$", re.IGNORECASE)
_NAMES = {"white": "fff", "black": "000", "transparent": ""}
_ANCHOR_CLASSES = frozenset({"headerlink", "anchor", "header-anchor", "heading-anchor", "anchorjs-link", "hash-link"})
_BACK = re.compile(r"^\W*(?:back|return|jump up|up)?\W*$", re.IGNORECASE)
_NOTE_MARK = re.compile(r"^\W*(?:\d{1,3}|[a-z*†‡])\W*$", re.IGNORECASE)


def remove(soup: "BeautifulSoup") -> None:
    """Remove from a page what a reader does not see; the page is changed in place."""
    from bs4 import Comment
    from bs4.element import CData, Declaration, Doctype, ProcessingInstruction

    hidden_by_sheet = _hidden_selectors(soup)
    _show_formulas(soup)
    unread = (Comment, CData, Declaration, ProcessingInstruction, Doctype)
    for string in [one for one in soup.descendants if isinstance(one, unread)]:
        string.extract()
    _show_without_scripts(soup)
    _note_drawings(soup)
    _show_streamed(soup)
    _open_swallowing(soup)
    _drop([tag for tag in _tags(soup) if tag.name in _TAGS])
    _drop_unless_all(soup, [tag for tag in _tags(soup) if _is_hidden(tag)])
    faded = [tag for tag in _tags(soup) if _FADED.search(str(tag.get("style") or ""))]
    _drop_unless_most(soup, faded, share=_ANIMATED if len(list(_outermost(faded))) >= _MANY else _MOST)
    _drop_by_sheet(soup, hidden_by_sheet)
    _drop(_marks(soup))


def _tags(soup: "Tag") -> "list[Tag]":
    """Every tag of a page, or inside a tag; bs4's own search asks each of them ten times as much."""
    from bs4.element import Tag

    return [one for one in soup.descendants if isinstance(one, Tag)]


def _drop(tags: "list[Tag]") -> None:
    for tag in list(_outermost(tag for tag in tags if tag.name not in {"html", "body"})):
        tag.decompose()


def _is_hidden(tag: "Tag") -> bool:
    if tag.get("role") == "tabpanel":
        return False  # a click shows it: code in another language, mostly
    if tag.get("role") == "tablist" and tag.find(role="tabpanel") is None:
        return True  # the names of the tabs alone
    if tag.has_attr("hidden") and tag.get("hidden") != "until-found":
        return True
    if tag.get("aria-hidden") == "true" or (tag.name == "dialog" and not tag.has_attr("open")):
        return True
    if _HIDDEN_CLASSES.intersection(tag.get_attribute_list("class")):
        return True
    style = str(tag.get("style") or "")
    return bool(style) and (bool(_HIDING.search(style)) or _is_its_own_ground(style))


def _is_its_own_ground(style: str) -> bool:
    """Whether a style writes in the colour of its background."""
    colour, ground = _COLOUR.search(style), _GROUND.search(style)
    if colour is None:
        return False
    written = _colour(colour.group(1))
    return written == "" or (ground is not None and written == _colour(ground.group(1)))


def _colour(value: str) -> str:
    """A colour in one spelling: three or six hexadecimal digits, or what was written; empty for none at all."""
    text = re.sub(r"\s+", "", value.lower())
    text = _NAMES.get(text, text.removeprefix("#"))
    if found := re.match(r"rgba?\((\d{1,9}),(\d{1,9}),(\d{1,9})(?:,(\d{1,9}(?:\.\d{0,30})?|\.\d{1,30}))?\)", text):
        if found.group(4) is not None and float(found.group(4)) == 0:
            return ""
        text = "".join(f"{min(int(number), 255):02x}" for number in found.groups()[:3])
    if len(text) == 6 and text[0::2] == text[1::2]:
        text = text[0::2]
    return text


def _hidden_selectors(soup: "BeautifulSoup") -> set[str]:
    """Plain class and id selectors that the page's own style sheets hide for every medium."""
    hidden: set[str] = set()
    for sheet in soup.find_all("style"):
        if str(sheet.get("media") or "all").strip().lower() not in {"all", "screen", ""}:
            continue
        css = re.sub(r"/\*.*?(?:\*/|\Z)", "", sheet.get_text()[:300_000], flags=re.DOTALL)
        for rule in _without_at_rules(css).split("}"):
            before, _, declarations = rule.rpartition("{")
            selectors = before.rpartition("{")[2]
            if _HIDING.search(declarations) or _FADED.search(declarations):
                plain = (_PLAIN_SELECTOR.match(one.strip()) for one in selectors.split(","))
                hidden |= {found.group(1) for found in plain if found}
    return hidden


def _without_at_rules(css: str) -> str:
    """A style sheet without what begins with an @: @media and the like with all that is in their braces.

    By hand, because an expression that finds the closing brace of each goes over the whole sheet once for every @.
    """
    kept: list[str] = []
    place = 0
    while (at := css.find("@", place)) >= 0:
        kept.append(css[place:at])
        place = _end_of_at_rule(css, at)
    return "".join([*kept, css[place:]])


def _end_of_at_rule(css: str, start: int) -> int:
    depth = 0
    for found in _BRACE.finditer(css, start):
        depth += {"{": 1, "}": -1, ";": 0}[found[0]]
        if depth <= 0:
            return found.end() if depth == 0 else found.start()
    return len(css)


def _drop_by_sheet(soup: "BeautifulSoup", selectors: set[str]) -> None:
    """Drop what a style sheet hides, unless that is most of the page: then a script shows it."""
    if not selectors:
        return
    _drop_unless_most(soup, [tag for tag in _tags(soup) if _selected(tag, selectors)], share=_MOST)


def _drop_unless_most(soup: "BeautifulSoup", tags: "list[Tag]", *, share: float) -> None:
    """Drop tags, unless so much of the page's text is theirs that a script must be meant to show it."""
    outer = list(_outermost(tags))
    if outer and sum(len(tag.get_text()) for tag in outer) < share * len(soup.get_text()):
        _drop(outer)


def _drop_unless_all(soup: "BeautifulSoup", tags: "list[Tag]") -> None:
    """Drop hidden tags; where nothing but a menu would be left, a script shows the page once it has loaded."""
    outer = list(_outermost(tags))
    hidden = sum(len(tag.get_text()) for tag in outer)
    left = len(soup.get_text()) - hidden
    if left < min(_ARTICLE, _MENU * hidden) and hidden > _ARTICLE:
        held = max(outer, key=lambda tag: len(tag.get_text()))
        outer = [tag for tag in tags if tag is not held and not any(one is tag for one in held.parents)]
    _drop(outer)


def _outermost(tags: "Iterable[Tag]") -> "Iterator[Tag]":
    """Those of some tags, in the page's order, that stand in no other of them."""
    inside: set[int] = set()
    for tag in tags:
        if id(tag) not in inside:
            inside.update(id(one) for one in tag.descendants)
            yield tag


def _show_without_scripts(soup: "BeautifulSoup") -> None:
    """Take for the page what it holds for readers without scripts, where that is most of it (old Blogger pages)."""
    held = [tag for tag in soup.find_all("noscript") if len(tag.get_text()) > _ARTICLE]
    if not held:
        return
    shown = len("".join(soup.find_all(string=lambda text: text.parent.name not in _TAGS and not text.find_parent("a"))))
    for tag in held:
        if len(tag.get_text()) > shown / 2:
            tag.name = "div"


def _show_streamed(soup: "BeautifulSoup") -> None:
    """Put what React streams into its place: it comes hidden, behind the page, and a script moves it into a hole.

    Where the script is not kept, the hole of the same number is its place; where there is none, it stays where it is.
    """
    holes = {str(tag.get("id")): tag for tag in soup.find_all("template", id=_HOLE)}
    if not holes:
        return
    script = "".join(one.get_text() for one in soup.find_all("script", src=False))
    moves = {piece: hole for hole, piece in _COMPLETED.findall(script)} | dict(_MOVED.findall(script))
    for content in soup.find_all("div", id=_PIECE, hidden=True):
        del content["hidden"]
        piece = str(content["id"])
        named = (moves.get(piece, ""), piece.replace("S:", "B:"), piece.replace("S:", "P:"))
        place = next((holes[one] for one in named if one in holes), None)
        if place is not None and place.parent is not None and place not in content.descendants:
            place.replace_with(content)


def _open_swallowing(soup: "BeautifulSoup") -> None:
    """Take for a plain box what holds most of a page because it was never closed, a button of a menu mostly."""
    letters = _letters_of(soup)
    half = letters[id(soup)] / 2
    for tag in [one for one in _tags(soup) if one.name in _TAGS - _NEVER_SHOWN]:
        if letters[id(tag)] > max(_ARTICLE, half):
            tag.name = "div"


def _letters_of(soup: "BeautifulSoup") -> Counter[int]:
    """How long the text of each element is, by its `id`; told in one pass, however deep they stand."""
    from bs4.element import CData, NavigableString

    counts: Counter[int] = Counter()
    for one in reversed(list(soup.descendants)):
        if isinstance(one, NavigableString) and type(one) in {NavigableString, CData}:  # neither comment nor script
            counts[id(one)] = len(one)
        counts[id(one.parent)] += counts[id(one)]
    return counts


def _note_drawings(soup: "BeautifulSoup") -> None:
    """Mark figures whose drawing carries words: a diagram does, an icon does not."""
    for drawing in _outermost(soup.find_all("svg")):
        figure = drawing.find_parent("figure")
        if figure is not None and drawing.find("text") is not None:
            figure[DRAWN] = ""


def _selected(tag: "Tag", selectors: set[str]) -> bool:
    names = {f".{name}" for name in tag.get_attribute_list("class") if name}
    return bool(selectors & (names | {f"#{tag.get('id')}"}))


def _show_formulas(soup: "BeautifulSoup") -> None:
    """Replace formulas by their TeX where the page carries it, else by their text."""
    for script in soup.find_all("script", type=re.compile(r"^math/tex")):
        script.replace_with(f" {script.get_text()} ")
    for formula in list(_outermost(soup.find_all("math"))):
        note = formula.find("annotation", encoding=re.compile("tex", re.IGNORECASE))
        tex = note.get_text() if note else str(formula.get("alttext") or "")
        _shown_by(formula, tex).replace_with(f" {tex or formulas.in_line(formula)} ")
    for shown in soup.find_all(class_=re.compile(r"^(?:katex-html|MathJax_Preview|MJX_Assistive_MathML)$")):
        shown.decompose()


def _shown_by(formula: "Tag", tex: str) -> "Tag":
    """MediaWiki hides a formula and shows a picture of it; the whole of that, and of any other page the formula alone.

    What other pages hide stays hidden, also where it is called a formula.
    """
    whole = formula.find_parent(class_="mwe-math-element")
    return whole if whole is not None and tex.lstrip().startswith(r"{\displaystyle") else formula


def _marks(soup: "BeautifulSoup") -> "list[Tag]":
    """Links that are marks, not words: permalinks beside headings, numbers of notes, ways back from them."""
    return [*_permalinks(soup), *_note_marks(soup)]


def _permalinks(soup: "BeautifulSoup") -> "Iterator[Tag]":
    for heading in _outermost(soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])):
        for link in _outermost(one for one in _tags(heading) if one.name == "a"):
            named = _ANCHOR_CLASSES.intersection(link.get_attribute_list("class"))
            if link.get_text(strip=True) in {"#", "¶", "§", "🔗", "Permalink", "permalink", "Link", "Anchor"} or (
                named and link.get_text(strip=True) != heading.get_text(strip=True)
            ):
                yield link


def _note_marks(soup: "BeautifulSoup") -> "Iterator[Tag]":
    for link in soup.find_all("a", href=re.compile("^#")):
        text = link.get_text(strip=True)
        above = link.find_parent("sup")
        if above is not None and _NOTE_MARK.match(above.get_text(strip=True)):
            yield above
        elif _is_way_back(link) or (text and _BACK.match(text)):
            yield link


def _is_way_back(link: "Tag") -> bool:
    return "backref" in " ".join(link.get_attribute_list("class")) or link.get("role") == "doc-backlink"
