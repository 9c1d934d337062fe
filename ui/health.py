"""The sources of the library as HTML: how each fares, in words, and what came of it. Pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from assistant.sources import SourceRow
from ingest.types import Status, Via
from ui import render
from ui.marks import count, reader, select

_BUNDLED = Via.BUNDLED.value


@dataclass(frozen=True, slots=True)
class Health:
    """A state of a source for a reader: a sign, words, and what they mean."""

    sign: str
    words: str
    meaning: str


HEALTH: Mapping[str, Health] = {
    Status.ALIVE: Health("●", "alive", "its address answers with the work"),
    Status.MOVED: Health("↪", "moved", "the work was found under another address"),
    Status.ARCHIVED: Health("▣", "archived copy only", "the page is gone or shut; a copy from an archive is used"),
    Status.CHANGED: Health("✎", "changed", "the page answers, with other content than before"),
    Status.DEAD: Health("✕", "dead", "neither the page nor a copy can be had"),
    Status.NEVER_REACHED: Health("○", "never reached", "it was not fetched yet, or no try has worked so far"),
}
_SORTS = {
    "listed": "as listed",
    "title": "title",
    "status": "health",
    "documents": "documents",
    "chunks": "passages",
    "fetched": "fetched",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A document of a source: its title, its length in characters, and which other one it repeats, if any."""

    id: str
    title: str
    characters: int
    copy_of: str


def table(rows: Sequence[SourceRow]) -> str:
    """All sources, with the tallies that filter them; sorting and filtering is the page's script's."""
    tallies = Counter(row.status for row in rows)
    buttons = "".join(
        f'<button type="button" class="ns-pick" data-status="{escape(status)}" aria-pressed="false" '
        f'title="{escape(health.meaning)}">{_words(status)} <b>{tallies[status]}</b></button>'
        for status, health in HEALTH.items()
        if tallies[status]
    )
    kinds = {"": "all kinds"} | {kind: kind for kind in sorted({row.kind for row in rows})}
    total = (
        f"{count(len(rows), 'source')}, {count(sum(row.documents for row in rows), 'document')}, "
        f"{count(sum(row.chunks for row in rows), 'passage')}"
    )
    heads = "".join(
        f'<th scope="col"{_sorted(name)}>{_head(name, title)}</th>'
        for name, title in (
            ("title", "Source"),
            ("status", "Health"),
            ("documents", "Documents"),
            ("chunks", "Passages"),
            ("fetched", "Fetched"),
            ("", '<span class="ns-off">Fetch</span>'),
        )
    )
    body = "".join(_row(place, row) for place, row in enumerate(rows))
    return (
        f'<p class="ns-quiet ns-figure">{total}</p>'
        f'<div class="ns-tools" role="group" aria-label="Filter sources"><div class="ns-picks">{buttons}</div>'
        '<label class="ns-field"><span>Find</span><input type="search" id="ns-query" name="find" '
        'placeholder="title, address or organisation" autocomplete="off"></label>'
        f"{select('kind', 'Kind', kinds)}{select('sort', 'Sort by', _SORTS)}</div>"
        f'<p class="ns-off" role="status" data-shown></p>'
        f'<div class="ns-table ns-sources" role="region" aria-label="Table of sources" tabindex="0"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _sorted(name: str) -> str:
    return f' aria-sort="none" data-sort="{name}"' if name else ""


def _head(name: str, title: str) -> str:
    return f'<button type="button">{title}</button>' if name else title


def _row(place: int, row: SourceRow) -> str:
    data = {
        "place": place,
        "id": row.id,
        "title": (row.title or row.url).lower(),
        "status": row.status,
        "kind": row.kind,
        "documents": row.documents,
        "chunks": row.chunks,
        "fetched": row.fetched_at,
        "find": f"{row.title} {row.url} {row.id}".lower(),
    }
    marks = " ".join(f'data-{name}="{escape(str(value))}"' for name, value in data.items())
    fetch = "" if row.came == _BUNDLED or row.url.startswith("file:") else _fetch(row)
    fetched = row.fetched_at[:10] or "–"
    return (
        f'<tr {marks}><th scope="row"><a href="{escape(_address(row.id))}">{escape(row.title or row.url)}</a>'
        f'<span class="ns-place">{escape(row.kind)}{_host(row.url)}</span></th>'
        f'<td data-label="Health">{_health(row)}</td>'
        f'<td data-label="Documents" class="ns-figure">{row.documents:,}</td>'
        f'<td data-label="Passages" class="ns-figure">{row.chunks:,}</td>'
        f'<td data-label="Fetched" class="ns-figure">{escape(fetched)}</td><td class="ns-act">{fetch}</td></tr>'
    )


def _address(source_id: str) -> str:
    return f"/library?{urlencode({'source': source_id})}"


def _fetch(row: SourceRow) -> str:
    name = "Fetch again" if row.fetched_at else "Fetch"
    by = f'data-url="{escape(row.url)}"' if _is_own(row) else f'data-source="{escape(row.id)}"'
    return (
        f'<button type="button" class="ns-plainly" data-do="fetch" {by}>{name}'
        f'<span class="ns-off"> {escape(row.title or row.url)}</span></button>'
    )


def _is_own(row: SourceRow) -> bool:
    """A page that the user added: the catalog does not know its id, so it is fetched by its address."""
    return not row.title


def _host(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return ""
    return f" · {escape(url.split('/')[2])}"


def _health(row: SourceRow) -> str:
    """The state in words, and beneath it why and how it came, where that is not plain."""
    notes = [row.reason, row.message if row.message.lower() != row.reason.lower() else ""]
    if row.came == _BUNDLED:
        notes = ["comes with ninestep"]
    told = ": ".join(note for note in notes if note)
    return _words(row.status) + (f'<span class="ns-place ns-told">{escape(told)}</span>' if told else "")


def _words(status: str) -> str:
    health = HEALTH[status]
    name = escape(status.replace(" ", "-"))
    sign = f'<span aria-hidden="true">{health.sign}</span>'
    return f'<span class="ns-health ns-health-{name}">{sign} {escape(health.words)}</span>'


def source(row: SourceRow, documents: Sequence[Held], chunk_counts: Mapping[str, int]) -> str:
    """One source: its state, and its documents with the way into each."""
    items = "".join(_document(one, chunk_counts) for one in documents)
    listed = (
        f'<ul class="ns-documents">{items}</ul>'
        if items
        else '<p class="ns-quiet">It has given no document so far.</p>'
    )
    fetch = "" if row.came == _BUNDLED or row.url.startswith("file:") else _fetch(row)
    when = f"fetched {escape(row.fetched_at[:10])}" if row.fetched_at else "never fetched"
    return (
        '<p class="ns-crumbs"><a href="/library">Library</a></p>'
        f"<h1>{escape(row.title or row.url)}</h1>"
        f'<p class="ns-facts">{_words(row.status)}<span>{escape(row.kind)}</span><span>{when}</span>'
        f"<span>{count(len(documents), 'document')}</span><span>{count(row.chunks, 'passage')}</span></p>"
        f'{_why(row)}<p class="ns-facts">{render.link(row.url)}{fetch}</p>{listed}'
    )


def _why(row: SourceRow) -> str:
    told = ": ".join(one for one in (row.reason, row.message) if one)
    return f'<p class="ns-quiet">{escape(told)}</p>' if told and row.came != _BUNDLED else ""


def _document(one: Held, chunk_counts: Mapping[str, int]) -> str:
    passages = chunk_counts.get(one.id, 0)
    state = count(passages, "passage") if passages else "not indexed yet"
    if one.copy_of:
        state = f"a near copy of {one.copy_of}, which is indexed in its place"
    return (
        f'<li><a href="{escape(reader(one.id))}">{escape(one.title or one.id)}</a> '
        f'<span class="ns-place ns-figure">{one.characters:,} characters · {escape(state)}</span></li>'
    )
