"""Copies of a library: taken while others write, and taken over from a file that nobody vouches for.

A foreign file is never put in the place of the library: its tables are looked at, every record is read as one would
read it later, and then its rows are copied into the library in one transaction. So a file with triggers, views or
half a record changes nothing, a kill in the middle neither, and servers that have the library open go on.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ingest.address import is_web
from ingest.errors import BundleError, LibraryError
from ingest.library import SCHEMA_VERSION, Library, PageState, SourceState, dump
from ingest.types import Document, Source

TABLES = ("documents", "sources", "pages", "own_sources", "signatures", "copies")

_ARCHIVED = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.warc\.gz")
_MOST_QUESTIONS = 200_000  # the field guide has 24,000


def snapshot(path: Path, *, to: Path) -> None:
    """Copy an SQLite file as it is at one moment, whoever writes.

    Raises:
        LibraryError: If it cannot be read, or the copy cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as file:
            file.execute("VACUUM INTO ?", (str(to),))
    except sqlite3.Error as error:
        raise LibraryError(
            f"{path.name} cannot be copied ({error}); check the free space, and `ninestep doctor`"
        ) from error


def only_tables(path: Path, tables: tuple[str, ...]) -> None:
    """Pass where an SQLite file is sound and holds these tables, their indexes, and nothing that acts by itself.

    Raises:
        BundleError: If not.
    """
    try:
        with _untrusted(path) as file:
            held = file.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
            odd = [name for kind, name, table, sql in held if not _is_plain(kind, table, sql, tables)]
            if odd:
                raise BundleError(f"the bundle's {path.name} holds {str(odd[0])[:60]!r}, which no export does")
            if file.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                raise BundleError(f"the bundle's {path.name} is damaged; export again")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise BundleError(f"the bundle's {path.name} cannot be read ({error}); export again") from error


def _is_plain(kind: str, table: str, sql: str, tables: tuple[str, ...]) -> bool:
    acts = re.search(r"\bvirtual\b|\bgenerated\b|\bcheck\b|\bdefault\b", sql, re.IGNORECASE)
    return kind in {"table", "index"} and table in tables and not acts


@contextmanager
def _untrusted(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    ) as file:
        file.execute("PRAGMA trusted_schema = OFF")
        file.execute("PRAGMA cell_size_check = ON")
        yield file


def vet(path: Path) -> None:
    """Pass where a file is a library of this version or before and every record can be read; brings it up to date.

    Raises:
        BundleError: If not.
    """
    only_tables(path, TABLES)
    try:
        with _untrusted(path) as file:
            (version,) = file.execute("PRAGMA user_version").fetchone()
            paged = [id for (id,) in file.execute("SELECT DISTINCT source_id FROM pages")]
        if not 1 <= version <= SCHEMA_VERSION:
            raise BundleError(
                f"the bundle's library has schema {version}, this version of ninestep knows 1 to {SCHEMA_VERSION}; "
                "update ninestep"
            )
        with Library(path) as library:
            _read_everything(library, paged=paged)
    except (
        LibraryError, sqlite3.Error, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        told = " ".join(str(error).split())[:120]
        raise BundleError(f"the bundle's library holds a record that cannot be read ({told}); export again") from error


def _read_everything(library: Library, *, paged: list[str]) -> None:
    questions = 0
    for document in library.every_document():
        questions += len(document.asked)
        if questions > _MOST_QUESTIONS:  # their vectors are held in memory
            raise ValueError(f"more than {_MOST_QUESTIONS} questions")
        if library.document(document.id) != document:
            raise ValueError(f"document {document.id!r} is kept under another id")
        _want_types(document, Document)
        dump(document)  # a time that is none in UTC
    for id, stored, source in library.noted():
        held = library.document(id)
        if held is None or (held.text_digest, held.source_id) != (stored, source):
            raise ValueError(f"document {id!r} is not what is noted of it")
    for state in library.states():
        _want_types(state, SourceState)
    for own in library.own_sources():
        _want_types(own, Source)
    for id in paged:
        for page in library.pages(id).values():
            _want_types(page, PageState)
            if page.archived and not _ARCHIVED.fullmatch(page.archived):
                raise ValueError(f"a page lies in {page.archived!r}, which is no file of an archive")


def _want_types(record: object, kind: type) -> None:
    """Pass where every field is of its type: JSON can hold a number in the place of a title."""
    from pydantic import TypeAdapter

    fields: TypeAdapter[object] = TypeAdapter(kind)
    if fields.validate_json(fields.dump_json(record, warnings=False), strict=True) != record:
        raise ValueError(f"a {kind.__name__} is not what it says")


def take_over(path: Path, *, source: Path) -> list[str]:
    """Make a vetted file's rows those of the library, in one transaction.

    Sources that are paths of another machine, or no addresses at all, are left out, their documents stay: a bundle must
    not have the next `ingest --all` read whatever path its author likes.

    Returns:
        The addresses of the sources that were left out.

    Raises:
        LibraryError: If the library cannot be written; it is then as it was.
    """
    Library(path).close()
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as file:
            file.execute("PRAGMA trusted_schema = OFF")
            file.execute("ATTACH ? AS other", (str(source),))
            file.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                columns = ", ".join(f'"{row[1]}"' for row in file.execute(f"PRAGMA main.table_info({table})"))
                file.execute(f"DELETE FROM main.{table}")
                file.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM other.{table}")
            left = _leave_paths(file)
            file.execute("COMMIT")
            return left
    except sqlite3.Error as error:
        raise LibraryError(
            f"the library cannot be restored ({error}); it is as it was, check the free space"
        ) from error


def _leave_paths(file: sqlite3.Connection) -> list[str]:
    rows = [(id, json.loads(record)["url"]) for id, record in file.execute("SELECT id, record FROM main.own_sources")]
    paths = [(id, url) for id, url in rows if not is_web(url)]
    file.executemany("DELETE FROM main.own_sources WHERE id = ?", [(id,) for id, _ in paths])
    return sorted(str(url) for _, url in paths)
