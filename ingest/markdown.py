"""Markdown to parts: structure kept, markup gone.

Parsed by markdown-it-py (CommonMark with tables). Links and emphasis leave their words, images leave nothing: a
picture's address is not text. Of HTML inside Markdown the words stay; tags, scripts and comments go.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from ingest import formulas, html
from ingest.structure import Part, Reading
from ingest.types import BlockKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_CELL_SEPARATOR = " | "
_EMOJI = re.compile(r"(?<![\w:]):(?:[a-z][a-z0-9_+-]*|\+1|-1|100):(?![\w:])")  # GitHub's short names of pictures
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL)
_TEMPLATE_TAG = re.compile(r"\{%-?\s*(?:end)?[a-z]\w*\b[^%\n]*%\}|\{#[^#\n]*#\}")  # of GitBook, Jekyll and Hugo
_PAGE_REF = re.compile(r"""\{%-?\s*page-ref\s+page=["']([^"'\n]{1,300})["'][^%\n]*%\}""")  # GitBook's link to a page
_TO_TOP = re.compile(r"\W*(?:(?:back|return|go) to (?:the )?top|top)\W*", re.IGNORECASE)
_MOST_FRONT_MATTER = 16_384  # characters
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})  # as YAML writes it
_BEFORE_TITLE = 4  # parts: badges, a note on translations, a line on where one is
_SOURCE_MARK = re.compile(
    r"(?:^|(?<!\s)\s++)\[(?:src\d*|source|link|ref|answer|paper|code|pdf|slides|video|blog|demo|\d{1,3})\](?![\w(\[:])",
    re.IGNORECASE,
)  # of [[src](address)]: a link's words in brackets
_BROKEN_LINK = re.compile(r"\[([^\[\]]+)\]\((?:https?:|/|\.{1,2}/|#)[^()\n]*\)")  # with blanks in its address
_STRAY_EMPHASIS = re.compile(r"(?<!\w)\*{2,4}|\*{2,4}(?!\w)")  # that does not pair
_NUMBER_NOTE = re.compile(r"<sup>\s*\[?\d{1,3}\]?\s*</sup>", re.IGNORECASE)
_STRAY_COMMENT = re.compile(r"(?<!\s)\s*+-->\s*+$")  # the end of a comment that began in another block
_BREAK = "\x1e"  # where a line is broken on purpose
_WRAPPED = 60  # characters; a shorter line that ends without a mark was broken on purpose
_MARKS = tuple(".,:;!?。，：；！？、")
_TABLE = 2_000  # tokens of a table of HTML at most
_TABLE_TAG = re.compile(r"</?table\b", re.IGNORECASE)
_NESTED = 100  # levels, two for each list in a list; the parser's own 20 lose what stands in the tenth
# Marks of quotations and lists before a line, past the eighth: what nests deeper than the parser goes is dropped.
_DEEP = re.compile(r"^((?:[ \t]*+(?:>|[-*+][ \t])){8})(?:[ \t]*+(?:>|[-*+][ \t]))++", re.MULTILINE)
_FOOTNOTE = re.compile(r"^\[\^[^\]]+\]:")


def read(text: str) -> Reading:
    """Read a Markdown file: its title is the one of its front matter, or its first heading."""
    about, body = _front_matter(text)
    body = _TEMPLATE_TAG.sub("", _PAGE_REF.sub(_page_link, body))
    found = tuple(parts(body))
    described = [Part(BlockKind.PARAGRAPH, about["description"])] if about.get("description") else []
    return Reading(
        title=about.get("title") or title(found),
        parts=(*described, *found),
        published=_day(about.get("date", "")),
        links=tuple(dict.fromkeys(_links(body))),
    )


def _page_link(found: re.Match[str]) -> str:
    """A list item that links to a page, named as its file is."""
    path = found.group(1)
    folder, _, name = path.removesuffix(".md").rpartition("/")
    words = folder.rpartition("/")[2] if name.casefold() in {"readme", "index"} and folder else name
    return f"- [{re.sub('[-_]+', ' ', words)}]({path.replace(' ', '%20')})"


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """What a file's YAML front matter says in words, and the rest; a file that merely begins with a rule has none.

    A list or mapping is left out: its aliases may name each other, and written out it would have no end.
    """
    found = _FRONT_MATTER.match(text.lstrip("\ufeff"))
    if found is None or len(found.group(1)) > _MOST_FRONT_MATTER:
        return {}, text
    import yaml

    try:
        about = yaml.compose(found.group(1), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {}, text
    if not isinstance(about, yaml.MappingNode):
        return {}, text
    pairs = [(name.value, value.value) for name, value in about.value if isinstance(value, yaml.ScalarNode)]
    told = {name: value for name, value in pairs if isinstance(name, str) and value not in _NOTHING}
    return told, text.lstrip("\ufeff")[found.end() :]


def _day(told: str) -> str:
    """The ISO date that a text begins with, or empty."""
    try:
        return date.fromisoformat(told[:10]).isoformat()
    except ValueError:
        return ""


def _links(text: str) -> Iterator[str]:
    for token in _parser().parse(_DEEP.sub(r"\1", text)):
        for child in token.children or ():
            if child.type == "link_open":
                yield str(child.attrs.get("href", ""))


def title(found: Sequence[Part]) -> str:
    """The heading that names a text: one of the first level, or one with next to nothing before it; else empty."""
    headings = [part for part in found if part.kind is BlockKind.HEADING]
    first = [part for part in found[:_BEFORE_TITLE] if part.kind is BlockKind.HEADING]
    top = [part for part in headings if part.level == 1]
    return next((part.text for part in [*first, *top]), "")


def parts(text: str) -> Iterator[Part]:
    """Read Markdown into parts, in order."""
    parser = _parser().enable("table").enable("strikethrough")
    tokens = list(_with_whole_tables(parser.parse(_DEEP.sub(r"\1", text)), parser))
    yield from _Reader(tokens).parts()


def _with_whole_tables(tokens: Sequence["Token"], parser: "MarkdownIt") -> Iterator["Token"]:
    """The tokens with each HTML table in one: a blank line ends a block of HTML, and what follows is Markdown again.

    What stands between is written as the HTML that it stands for. A table that never ends stays as it is.
    """
    number = 0
    while number < len(tokens):
        token = tokens[number]
        end = _end_of_table(tokens, number) if token.type == "html_block" else number
        if end > number:
            token.content = "".join(_as_html(tokens[number : end + 1], parser))
        yield token
        number = end + 1


def _end_of_table(tokens: Sequence["Token"], start: int) -> int:
    """The place of the token that closes the tables which one opens, or its own place."""
    depth = 0
    for number in range(start, min(start + _TABLE, len(tokens))):
        token = tokens[number]
        if token.level < tokens[start].level:
            break
        if token.type in {"html_block", "code_block", "inline"}:
            depth += sum(-1 if tag[1] == "/" else 1 for tag in _TABLE_TAG.findall(token.content))
        if depth <= 0:
            return number
    return start


def _as_html(tokens: Sequence["Token"], parser: "MarkdownIt") -> Iterator[str]:
    """HTML as it is, deep indentation or not, and Markdown as what it stands for."""
    for token in tokens:
        is_markup = token.type == "html_block" or (
            token.type == "code_block" and token.content.lstrip().startswith("<")
        )
        yield token.content if is_markup else parser.renderer.render([token], parser.options, {})


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": _NESTED})


class _Reader:
    """Walks a token stream once; knows whether it is inside a list item or a quotation."""

    def __init__(self, tokens: Sequence["Token"]) -> None:
        self._tokens = tokens
        self._open: list[str] = []

    def parts(self) -> Iterator[Part]:
        row: list[str] = []
        rows: list[str] = []
        level = 0
        for token in self._tokens:
            match token.type:
                case "heading_open":
                    level = int(token.tag[1:])
                case "list_item_open" | "blockquote_open" | "table_open":
                    self._open.append(token.type)
                case "list_item_close" | "blockquote_close":
                    self._open.pop()
                case "fence" | "code_block":
                    yield Part(BlockKind.CODE, token.content)
                case "html_block":
                    yield from _html_parts(token.content)
                case "inline" if level:
                    yield Part(BlockKind.HEADING, _plain(token).replace(_BREAK, " "), level)
                    level = 0
                case "inline" if "table_open" in self._open:
                    row.append(_plain(token).replace(_BREAK, " "))
                case "inline":
                    lines = _joined(_plain(token).split(_BREAK))
                    yield from (Part(self._kind(token.content), one) for one in lines if not _TO_TOP.fullmatch(one))
                case "tr_close":
                    rows.append(_CELL_SEPARATOR.join(row))
                    row = []
                case "table_close":
                    self._open.pop()
                    yield Part(BlockKind.TABLE, "\n".join(rows))
                    rows = []

    def _kind(self, text: str) -> BlockKind:
        if _FOOTNOTE.match(text):
            return BlockKind.FOOTNOTE
        if "list_item_open" in self._open:
            return BlockKind.LIST_ITEM
        return BlockKind.QUOTE if "blockquote_open" in self._open else BlockKind.PARAGRAPH


def _plain(token: "Token") -> str:
    """The words of an inline token: links and emphasis without their marks, no images."""
    pieces = []
    html = 0
    linked = False
    for child in token.children or ():
        match child.type:
            case "text":
                pieces.append(_STRAY_EMPHASIS.sub("", child.content))
            case "code_inline":
                pieces.append(child.content)
            case "softbreak":
                pieces.append(" ")
            case "hardbreak":
                pieces.append(_BREAK)
            case "link_open":
                linked = True
            case "html_inline":
                html += 1
                pieces.append(child.content)
    text = _STRAY_COMMENT.sub("", _BROKEN_LINK.sub(r"\1", _EMOJI.sub("", "".join(pieces))))
    text = _strip_html(_NUMBER_NOTE.sub("", formulas.with_powers(text))) if html else text
    return _SOURCE_MARK.sub("", text) if linked else text


def _joined(lines: Sequence[str]) -> list[str]:
    """Lines that a hard break parts, those joined again that run on.

    A break is as often two blanks that an editor left at the end of a wrapped line: then the line is long, or the next
    one begins in lower case. A line that ends with a mark needs nothing else between it and the next.
    """
    joined: list[str] = []
    last = ""
    for line in map(str.strip, lines):
        if joined and (len(last) >= _WRAPPED or last.endswith(_MARKS) or not _begins_anew(line)):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
        last = line
    return joined


def _begins_anew(line: str) -> bool:
    return line[:1].isalnum() and not line[:1].islower()


def _html_parts(markup: str) -> Iterator[Part]:
    """The parts of a block of HTML: its tables, lists and headings are ones."""
    for part in html.whole(markup).parts:
        text = _STRAY_COMMENT.sub("", part.text)
        if text.strip():
            yield replace(part, text=text)


def _strip_html(html: str) -> str:
    from bs4 import BeautifulSoup, Comment

    soup = BeautifulSoup(html, "lxml")
    for tag in soup(["script", "style", "template", "noscript", "svg"]):
        tag.decompose()
    for line in soup("br"):
        line.replace_with(" ")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    return soup.get_text()
