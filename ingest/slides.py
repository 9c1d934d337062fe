"""SlideShare pages to parts: the transcript of the deck that the page carries, slide by slide.

A SlideShare page shows pictures of slides; their words stand in a transcript below them, and in the page's own data
(`__NEXT_DATA__`). The page around it is furniture: other people's decks, buttons, counts.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ingest import address
from ingest.structure import Part, Reading, clean
from ingest.types import BlockKind

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_NUMBER = re.compile(r"^\s*(?:slide\s*)?(\d{1,4})[.:)]\s*", re.IGNORECASE)
_TRANSCRIPT = re.compile(r"transcript", re.IGNORECASE)
_MIN_TEXT = 200  # characters; a transcript with less is the deck's title, and the page is judged as any other


def is_deck_page(url: str) -> bool:
    """Whether an address is SlideShare's."""
    return (address.split(url).hostname or "").endswith("slideshare.net")


def read(markup: str) -> Reading | None:
    """Read a deck's page; None where it carries no transcript."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "lxml")
    slides = _from_data(soup) or _from_list(soup)
    if sum(len(text) for _, text in slides) < _MIN_TEXT:
        return None
    title = _title(soup)
    description = _description(soup)
    head = [Part(BlockKind.HEADING, title, 1)] if title else []
    about = [Part(BlockKind.PARAGRAPH, description)] if description else []
    parts = [part for number, text in slides for part in _slide(number, text, title=title)]
    return Reading(title=title, parts=(*head, *about, *parts), authors=_authors(soup), published=_published(soup))


def _from_data(soup: "BeautifulSoup") -> list[tuple[int, str]]:
    """Slides from the page's own data: a list of texts, or of objects with a text, under a key that says transcript."""
    script = soup.find("script", id="__NEXT_DATA__")
    if script is None:
        return []
    try:
        data = json.loads(script.get_text())
    except (ValueError, RecursionError):
        return []
    for found in _lists_of_transcripts(data):
        texts = [_text_of(one) for one in found]
        if any(texts):
            return [(number, text) for number, text in enumerate(texts, start=1) if text]
    return []


def _lists_of_transcripts(value: Any, *, depth: int = 0) -> Iterator[list[Any]]:  # noqa: ANN401 - JSON
    if depth > 12:
        return
    items = value.items() if isinstance(value, dict) else []
    for name, held in items:
        if _TRANSCRIPT.search(name) and isinstance(held, list):
            yield held
        yield from _lists_of_transcripts(held, depth=depth + 1)
    if isinstance(value, list):
        for one in value:
            yield from _lists_of_transcripts(one, depth=depth + 1)


def _text_of(slide: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(slide, dict):
        slide = next(
            (slide[name] for name in ("text", "content", "transcript") if isinstance(slide.get(name), str)), ""
        )
    return _NUMBER.sub("", slide) if isinstance(slide, str) else ""


def _from_list(soup: "BeautifulSoup") -> list[tuple[int, str]]:
    """Slides from the list that stands under the word "transcript", in the old and in the new template."""
    for name in ("class", "id"):
        for holder in _outermost(soup.find_all(["ol", "ul", "section", "div"], attrs={name: _TRANSCRIPT})):
            if slides := list(_items(holder)):
                return slides
    for heading in soup.find_all(["h2", "h3", "h4"], string=_TRANSCRIPT):
        below = heading.find_next(["ol", "ul"])
        if below is not None and (slides := list(_items(below))):
            return slides
    return []


def _outermost(found: "Iterable[Tag]") -> "list[Tag]":
    """Those of some elements, in their order on the page, that stand in none of the others.

    One inside another repeats its words; a page of nothing but those would be read as often as it is deep.
    """
    kept: list[Tag] = []
    inside: set[int] = set()
    for one in found:
        if id(one) not in inside:
            kept.append(one)
            inside.update(map(id, one.find_all()))
    return kept


def _items(holder: "Tag") -> Iterator[tuple[int, str]]:
    entries = _outermost(holder.find_all("li")) or [
        one for one in holder.find_all(["p", "div"]) if one.find(["p", "div"]) is None
    ]
    for position, entry in enumerate(entries, start=1):
        for end in entry.find_all("br"):
            end.replace_with("\n")
        text = "\n".join(filter(None, (clean(line) for line in entry.get_text(" ").split("\n"))))
        found = _NUMBER.match(text)
        if words := _NUMBER.sub("", text):
            yield int(found.group(1)) if found else position, words


def _slide(number: int, text: str, *, title: str) -> Iterator[Part]:
    """A slide's lines; the first short one is its heading where lines are told apart."""
    lines = [line for line in (clean(line) for line in re.split(r"[\n\r•●▪‣]+", text)) if line]
    if len(lines) > 1 and len(lines[0]) <= 90 and lines[0] != title:
        yield Part(BlockKind.HEADING, lines.pop(0), 2, page=number)
    for line in lines:
        yield Part(BlockKind.LIST_ITEM if len(lines) > 1 else BlockKind.PARAGRAPH, line, page=number)


def _title(soup: "BeautifulSoup") -> str:
    heading = soup.find("h1")
    found = clean(heading.get_text(" ")) if heading else ""
    return found or _meta(soup, "og:title") or (clean(soup.title.get_text()) if soup.title else "")


def _description(soup: "BeautifulSoup") -> str:
    return _meta(soup, "og:description") or _meta(soup, "description")


def _authors(soup: "BeautifulSoup") -> tuple[str, ...]:
    name = _meta(soup, "slideshare:author") or _meta(soup, "author")
    return (name,) if name and not name.startswith("http") else ()


def _published(soup: "BeautifulSoup") -> str:
    found = _meta(soup, "slideshare:published_time") or _meta(soup, "article:published_time")
    return found[:10] if re.match(r"\d{4}-\d\d-\d\d", found) else ""


def _meta(soup: "BeautifulSoup", name: str) -> str:
    tag = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
    return clean(str(tag.get("content", ""))) if tag else ""
