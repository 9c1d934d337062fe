"""The HTTP application: every door, made from one core. Thin: a route checks, hands the work to a pool, and shapes.

Order of a request: the guard (`guard`), the routes, a thread of a bounded pool (`work`), the assistant. Errors become
problem+json in one table (`problems`).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.applications import Starlette
from starlette.routing import Route

from assistant.answer import Assistant
from assistant.api import answers, completions, ingestion, library, operations, problems, schemas, search
from assistant.api.core import SEARCH_SECONDS, Core, Policy
from assistant.api.encoding import QueryEncoder
from assistant.api.guard import Guard
from assistant.api.jobs import UPLOADS, WORKER, Jobs
from assistant.api.later import OnDemand
from assistant.api.unanswered import Unanswered
from assistant.api.uploads import MAX_FILE, Uploads
from assistant.api.work import Pool
from assistant.keys import KeyRing
from assistant.question import MAX_CHARACTERS
from index import blas
from index.search import DEPTH

_DESCRIPTION = f"""
Semantic search and cited answers for designing machine-learning systems.

* **Search** gives passages, **ask** gives sentences quoted from them; every quotation is `text[start:end]` of its
  document, and `/v1/documents/{{id}}/span` shows it in its surroundings. Offsets count characters, not bytes.
* Where the server is not bound to loopback, send `Authorization: Bearer <key>`. A key's scope is `read`, `ingest` or
  both; its rate is told by `RateLimit`.
* `/v1/chat/completions` speaks OpenAI's protocol (base URL `…/v1`, model `ninestep`), `/mcp` the Model Context
  Protocol.
* Every answer carries `X-Request-ID`; a plain one that you send is kept, and stands in the server's log.

```
curl -s localhost:7860/v1/search -H 'content-type: application/json' -d '{{"query": "negative sampling", "k": 3}}'
curl -N localhost:7860/v1/ask -G -H 'accept: text/event-stream' --data-urlencode 'question=Design a spam filter'
curl -s 'localhost:7860/v1/ingest/file?name=notes.md' --data-binary @notes.md
```

### Limits

A body holds at most {schemas.MAX_BODY // 1024} KiB, an uploaded file {MAX_FILE // 2**20} MiB; a query or question
{MAX_CHARACTERS:,} characters; a page 1–100 hits, all pages of a search {DEPTH}. A search is given up after
{SEARCH_SECONDS:g} seconds, an answer after {answers.SECONDS:g}.

### Errors

Every error is `application/problem+json` (RFC 9457): `type` is stable and for programs, `detail` says in one sentence
what was seen and what to do. 429 and 503 carry `Retry-After`. An answer that finds nothing is none: it is 200 with
`kind: declined` and the reason.

{problems.table()}
"""
_SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "description": "where the server wants keys"}}


def create_app(
    assistant: Assistant, *, library_path: Path, policy: Policy | None = None, ingest_command: Sequence[str] = WORKER
) -> FastAPI:
    """Make the application around an assistant.

    Args:
        assistant: Answers; need not be ready yet.
        library_path: The library's file; keys and feedback lie beside it.
        policy: How the doors are kept; None keeps them as for a server on loopback.
        ingest_command: Starts the process of an ingestion job.
    """
    chosen = policy or Policy()
    core = _core(assistant, library_path, chosen)
    jobs = Jobs(core.home, command=ingest_command)
    agents = OnDemand(lambda: _agents(core))
    app = FastAPIOffline(
        title="ninestep",
        version="0.1.0",
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=_lifespan(core, jobs, agents),
        responses=problems.responses(),
    )
    problems.install(app)
    parts = [part.router(core) for part in (search, answers, completions, library, operations)]
    for part in (*parts, ingestion.router(jobs, Uploads(core.home / UPLOADS))):
        app.include_router(_summarised(part))
    app.router.routes.append(Route("/mcp", agents))
    app.router.routes.append(Unanswered(app.router.routes))
    app.state.core = core
    app.state.jobs = jobs
    if chosen.origins:
        app.add_middleware(CORSMiddleware, allow_origins=chosen.origins, allow_methods=["*"], allow_headers=["*"])
    _tell_of_keys(app)
    app.add_middleware(Guard, policy=chosen, keys=KeyRing(core.home / "keys.json"), metrics=core.metrics)
    return app


def speak(assistant: Assistant, *, library_path: Path) -> None:
    """Serve the Model Context Protocol on standard input and output until they are closed."""
    from assistant.api import tools

    core = _core(assistant, library_path, Policy())
    try:
        tools.server(core).run("stdio")
    finally:
        core.close()


def _core(assistant: Assistant, library_path: Path, policy: Policy) -> Core:
    return Core(
        assistant=assistant,
        library_path=library_path,
        policy=policy,
        questions=Pool(workers=policy.workers, waiting=policy.waiting, lost=policy.lost),
        searches=Pool(workers=policy.searchers, waiting=2 * policy.waiting, lost=policy.lost),
        encoder=QueryEncoder(assistant.encode, waiting=2 * policy.waiting),
    )


def _tell_of_keys(app: FastAPI) -> None:
    """Document that a key may be sent; whether one must be is told by 401.

    The document is made when it is first asked for: that takes a third of a second.
    """
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        document["components"]["securitySchemes"] = _SECURITY
        document["security"] = [{}, {"bearer": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def _agents(core: Core) -> Starlette:
    """The door for agents; its SDK takes as long to import as all the rest of the API."""
    from assistant.api import tools

    return tools.application(tools.server(core))


def _summarised(part: APIRouter) -> APIRouter:
    """The same routes, called by the first sentence about them instead of a function's name."""
    for route in part.routes:
        if isinstance(route, APIRoute):
            route.summary = route.description.partition("\n")[0].rstrip(".")
    return part


def _lifespan(core: Core, jobs: Jobs, agents: OnDemand) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        with blas.on_one_thread():  # before the first job forks
            async with agents.live():
                yield
                await jobs.close()
        core.close()

    return live
