"""The routes behind the pages Search, Library and Quality: pieces of HTML, drawn by the pure functions of `ui`.

They stand beside Gradio, as those of the ask page do: the bounded pools and deadlines of the API hold, an address says
all that a page shows, and reading never waits behind an answer. Ingestion is started, watched and ended through /v1
(`assistant.api.ingestion`), so page and API show the same jobs and one kind of key opens both.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from rapidfuzz import fuzz, process

from assistant.api import schemas
from assistant.api.core import Core
from assistant.api.library import document, source_rows
from assistant.page import Wanted
from eval import own
from eval.errors import CollectionError
from eval.golden import GoldenQuestion, Judgment, Split
from index import atlas
from index.search import Mode
from index.types import DocumentInfo, Filters, Vectors
from ingest.library import Library
from ingest.types import Document
from ui import drawing, health, hits, reader, results
from ui.hits import Found
from ui.marks import count

_LONGEST = 20_000  # characters of one judged passage
_ALIKE = 60.0  # of 100; below it a title is another one
_MAP_SECONDS = 60.0
_SETTINGS = {Mode.HYBRID: "Meaning and words", Mode.DENSE: "Meaning", Mode.LEXICAL: "Words", Mode.RRF: "Both, by rank"}

_Offset = Annotated[int | None, Query(ge=0, le=10**9)]
_Id = Annotated[str, InPath(min_length=1, max_length=200)]


class Asked(schemas.SearchParameters):
    """A search as the page's address says it; `against` names what it is compared with."""

    against: Literal["", "hybrid", "dense", "lexical", "rrf", "unfiltered"] = ""


class Why(schemas.SearchParameters):
    """A search and a document, by its title or id, whose place or absence is to be explained."""

    document: str = Field(min_length=1, max_length=400)


class Judged(BaseModel):
    """A passage and how well it answers."""

    document: schemas.Name
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    grade: Annotated[int, Field(ge=0, le=3)]


class Question(BaseModel):
    """A question with its judged passages, or the reason why the library cannot answer it."""

    question: schemas.Words
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,30}$")] = "fact"
    judgments: Annotated[list[Judged], Field(max_length=100)] = []
    decline: Annotated[str, Field(max_length=500)] = ""


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/parts", include_in_schema=False)
    _add_search(routes, core)
    _add_library(routes, core)

    @routes.get("/quality")
    async def quality() -> Response:
        """The saved evaluations, drawn."""

        def work() -> str:
            return results.page(results.load(core.home / results.FOLDER), shipped=results.load(results.SHIPPED))

        return HTMLResponse(await core.read(work))

    return routes


def _add_search(routes: APIRouter, core: Core) -> None:
    @routes.get("/search/form")
    async def form(request: Request) -> Response:
        """The fields of the search, filled as the address says."""
        said = {name: request.query_params.getlist(name)[:100] for name in request.query_params}
        infos = await core.read(core.assistant.infos)
        return HTMLResponse(await core.read(lambda: hits.form(infos, said)))

    @routes.get("/search")
    async def search(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """What a search finds, beside another one where the two are to be compared."""
        core.note(request, asked.query)
        wanted = asked.wanted()
        first = await _found(core, wanted, request)
        if not asked.against:
            told = f"{count(len(first.hits), 'passage')} in {first.milliseconds:.0f} ms"
            told = f'<h2 class="ns-quiet ns-found">{told}</h2>'
            return HTMLResponse(told + await core.read(lambda: hits.ranking(first)))
        second = await _found(core, _other(wanted, asked.against), request)
        return HTMLResponse(await core.read(lambda: hits.both(first, second)))

    @routes.get("/why")
    async def why(asked: Annotated[Why, Query()]) -> Response:
        """What became of one document in a search."""
        return HTMLResponse(await core.read(lambda: _explained(core, asked)))

    @routes.post("/golden", status_code=201)
    async def save(given: Question) -> dict[str, str]:
        """Save a question with its judgments among the user's own."""
        return {"message": await core.read(lambda: _saved(core, given))}


def _add_library(routes: APIRouter, core: Core) -> None:
    @routes.get("/sources")
    async def sources() -> Response:
        """Every source and how it fares."""
        return HTMLResponse(await core.read(lambda: health.table(source_rows(core))))

    @routes.get("/sources/{id}")
    async def source(id: _Id) -> Response:
        """One source with its documents."""
        return HTMLResponse(await core.read(lambda: _source(core, id)))

    @routes.get("/documents/{id}")
    async def one_document(id: _Id, start: _Offset = None, end: _Offset = None) -> Response:
        """A whole document, with a place marked."""
        span = (start, end) if start is not None and end is not None else None
        return HTMLResponse(await core.read(lambda: reader.page(_whole(core, id), span=span)))

    @routes.get("/map")
    async def drawn(by: drawing.By = drawing.By.TOPIC) -> Response:
        """The map of the library."""
        return HTMLResponse(await core.reading.run(lambda: _map(core, by), seconds=_MAP_SECONDS))


async def _found(core: Core, wanted: Wanted, client: Request) -> Found:
    def work(vector: Vectors | None, encode_ms: float) -> Found:
        started = time.perf_counter()
        page = core.assistant.page(wanted, vector)
        took = encode_ms + (time.perf_counter() - started) * 1000
        core.metrics.search(len(page.hits), {"encode": encode_ms, **page.timings_ms})
        near = {}
        if vector is not None and wanted.mode is not Mode.RRF:
            near = core.assistant.nearness(vector, {hit.document.id for hit in page.hits})
        return Found(page.hits, near, _SETTINGS[wanted.mode] + (", filtered" if wanted.filters else ""), took)

    return await core.search(wanted, work, client=client)


def _other(wanted: Wanted, against: str) -> Wanted:
    """The search that one is compared with."""
    return replace(wanted, filters=Filters()) if against == "unfiltered" else replace(wanted, mode=Mode(against))


def _explained(core: Core, asked: Why) -> str:
    wanted = asked.wanted()
    info = _named(core.assistant.infos(), asked.document)
    told = core.assistant.explain(wanted.query, info.id, k=wanted.k, filters=wanted.filters)
    return hits.explanation(told, info)


def _named(infos: list[DocumentInfo], name: str) -> DocumentInfo:
    """The document that a title or an id names, misspelt or in part.

    Raises:
        HTTPException: 404 if no title is like it.
    """
    for info in infos:
        if name in (info.id, info.title):
            return info
    found = process.extractOne(
        name.lower(), [info.title.lower() for info in infos], scorer=fuzz.WRatio, score_cutoff=_ALIKE
    )
    if found is None:
        raise HTTPException(404, f"no document has a title like {name[:80]!r}; the library page lists them")
    return infos[found[2]]


def _saved(core: Core, given: Question) -> str:
    """Save a question; what is quoted is the library's own text.

    Raises:
        HTTPException: 422 if nothing is judged, or what is judged is not in the library.
    """
    judgments = tuple(_judgment(core, one) for one in given.judgments)
    best = max(judgments, key=lambda one: one.grade, default=None)
    try:
        question = GoldenQuestion(
            id=own.id_of(given.question),
            question=given.question,
            kind=given.kind,
            topic=best.document if best and best.grade else "own",
            split=Split.DEV,
            decline=given.decline.strip(),
            judgments=judgments,
        )
    except ValueError as error:
        detail = "judge at least one passage as related or better, or say why the library cannot answer; not both"
        raise HTTPException(422, detail) from error
    try:
        number = own.keep(question, core.home / own.FILE)
    except CollectionError as error:
        raise HTTPException(503, str(error)) from error
    graded = f"{len(judgments)} judged passage{'' if len(judgments) == 1 else 's'}"
    return f"Saved as {question.id} with {graded} in {own.FILE} in ninestep's home, which now holds {number}."


def _judgment(core: Core, one: Judged) -> Judgment:
    text = document(core, one.document).text
    if not one.start < one.end <= len(text) or one.end - one.start > _LONGEST or not text[one.start : one.end].strip():
        raise HTTPException(422, f"there is no passage {one.start}:{one.end} in {one.document!r}; search again")
    return Judgment(one.document, text[one.start : one.end], one.grade)


def _whole(core: Core, id: str) -> Document:
    """A document that the index holds, or the library alone.

    Raises:
        HTTPException: 404 if there is none.
    """
    found = core.assistant.document(id)
    if found is None and core.library_path.exists():
        with Library(core.library_path) as library:
            found = library.document(id)
    return found or document(core, id)


def _source(core: Core, id: str) -> str:
    row = next((row for row in source_rows(core) if row.id == id), None)
    if row is None:
        raise HTTPException(404, f"no source has the id {id[:80]!r}; the library page lists them")
    counts = core.assistant.chunk_counts()
    return health.source(row, _documents(core.library_path, id), counts)


def _documents(library_path: Path, source_id: str) -> list[health.Held]:
    """The documents of a source that the library holds, indexed or not."""
    if not library_path.exists():
        return []
    with Library(library_path) as library:
        copies = library.copies()
        found = (library.document(id) for id in sorted(library.ids(source_id)))
        return [health.Held(one.id, one.title, len(one.text), copies.get(one.id, "")) for one in found if one]


def _map(core: Core, by: drawing.By) -> str:
    generation, ids, vectors = core.assistant.centroids()
    folder = core.home / "cache" / "maps"
    places = atlas.kept(folder, generation) or atlas.draw(folder, generation, ids, vectors)
    return drawing.chart(core.assistant.infos(), places, by=by)
