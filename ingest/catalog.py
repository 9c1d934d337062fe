"""The listed sources, read from catalog.toml."""

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ingest import address
from ingest.errors import CatalogError
from ingest.types import Source, SourceKind

_BUNDLED = Path(__file__).parent / "catalog.toml"
_KNOWN = {field.name for field in fields(Source)}
_TUPLES = ("authors", "alternates", "title_words", "pages")


def load(path: Path = _BUNDLED) -> tuple[Source, ...]:
    """Read a catalog.

    Raises:
        CatalogError: If the file is missing, is not TOML, or an entry is incomplete, unknown in kind or listed twice.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("source", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogError(f"the catalog {path.name} cannot be read: {error}") from error
    sources = tuple(_source(entry) for entry in entries)
    _refuse_repeats(sources)
    return sources


def select(sources: Sequence[Source], ids: Iterable[str]) -> tuple[Source, ...]:
    """The sources with these ids, in the order asked for.

    Raises:
        CatalogError: If an id is not in the catalog; names the nearest ones.
    """
    by_id = {source.id: source for source in sources}
    chosen = []
    for wanted in ids:
        if wanted not in by_id:
            near = difflib.get_close_matches(wanted, by_id, n=3, cutoff=0.4)
            hint = f"did you mean {', '.join(near)}? " if near else ""
            raise CatalogError(f"no source has the id {wanted!r}; {hint}`ninestep sources` lists all {len(by_id)}")
        chosen.append(by_id[wanted])
    return tuple(chosen)


def unlisted(url: str) -> Source:
    """The source that an address of the user's own stands for; the same page always gives the same id.

    Its title is left to the page.

    Raises:
        CatalogError: If it cannot be read as an http(s) address.
    """
    if not address.is_web(url):
        raise CatalogError(f"{url[:200]!r} is not an http(s) address; write it as a browser shows it")
    parts = address.split(url)
    name = address.slug(f"{(parts.hostname or '').removeprefix('www.')} {unquote(parts.path)}")
    mark = hashlib.sha256(address.key(url).encode()).hexdigest()[:6]
    return Source(id=f"{name[:70].strip('-')}-{mark}", title="", url=url, kind=_kind(url))


def _kind(url: str) -> SourceKind:
    host, path = (address.split(url).hostname or "").removeprefix("www."), address.split(url).path.lower()
    if address.video_id(url):
        return SourceKind.VIDEO
    if address.repository(url):
        return SourceKind.REPO
    if host.endswith("slideshare.net") or path.endswith(".pptx"):
        return SourceKind.SLIDES
    if path.endswith(".pdf"):
        return SourceKind.PAPER
    return SourceKind.HOMEPAGE if path in {"", "/"} else SourceKind.BLOG


def _source(entry: Mapping[str, Any]) -> Source:
    name = entry.get("id", "an entry without id")
    missing = {"id", "title", "url", "kind"} - entry.keys()
    unknown = entry.keys() - _KNOWN
    if missing or unknown:
        raise CatalogError(f"catalog entry {name!r}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    try:
        kind = SourceKind(entry["kind"])
    except ValueError as error:
        kinds = ", ".join(SourceKind)
        raise CatalogError(f"catalog entry {name!r} has kind {entry['kind']!r}, wanted one of {kinds}") from error
    values = dict(entry) | {"kind": kind} | {key: tuple(entry.get(key, ())) for key in _TUPLES}
    return Source(**values)


def _refuse_repeats(sources: Sequence[Source]) -> None:
    seen: set[str] = set()
    for source in sources:
        if source.id in seen:
            raise CatalogError(f"the catalog lists {source.id!r} twice; ids are unique")
        seen.add(source.id)
