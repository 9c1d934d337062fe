"""The HTTP application: every door, made from one core. Thin: a route checks, hands the work to a pool, and shapes.

Order of a request: the guard (`guard`), the routes, a thread of a bounded pool (`work`), the assistant. Errors become
problem+json in one table (`problems`).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline
from mcp.server.mcpserver import MCPServer

from assistant.answer import Assistant
from assistant.api import answers, completions, ingestion, library, operations, problems, search, tools
from assistant.api.core import Core, Policy
from assistant.api.encoding import QueryEncoder
from assistant.api.guard import Guard
from assistant.api.jobs import UPLOADS, WORKER, Jobs
from assistant.api.unanswered import Unanswered
from assistant.api.uploads import Uploads
from assistant.api.work import Pool
from assistant.keys import KeyRing

_DESCRIPTION = """
Semantic search and cited answers for designing machine-learning systems.

* **Search** gives passages, **ask** gives sentences quoted from them; every quotation is `text[start:end]` of its
  document, and `/v1/documents/{id}/span` shows it in its surroundings.
* Every error is `application/problem+json`: `detail` says in one sentence what was seen and what to do. `503` and `429`
  carry `Retry-After`.
* Where the server is not bound to loopback, send `Authorization: Bearer <key>`.
* `/v1/chat/completions` speaks OpenAI's protocol, `/mcp` the Model Context Protocol.
"""


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
    agents = tools.server(core)
    spoken = tools.application(agents)
    app = FastAPIOffline(
        title="ninestep",
        version="0.1.0",
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=_lifespan(core, jobs, agents),
        responses=problems.responses(),
    )
    problems.install(app)
    for part in (search, answers, completions, library, operations):
        app.include_router(part.router(core))
    app.include_router(ingestion.router(jobs, Uploads(core.home / UPLOADS)))
    app.router.routes.extend(spoken.routes)
    app.router.routes.append(Unanswered(app.router.routes))
    app.state.jobs = jobs
    if chosen.origins:
        app.add_middleware(CORSMiddleware, allow_origins=chosen.origins, allow_methods=["*"], allow_headers=["*"])
    app.add_middleware(Guard, policy=chosen, keys=KeyRing(core.home / "keys.json"), metrics=core.metrics)
    return app


def speak(assistant: Assistant, *, library_path: Path) -> None:
    """Serve the Model Context Protocol on standard input and output until they are closed."""
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
        questions=Pool(workers=policy.workers, waiting=policy.waiting),
        searches=Pool(workers=policy.workers, waiting=2 * policy.waiting),
        encoder=QueryEncoder(assistant.encode, waiting=2 * policy.waiting),
    )


def _lifespan(core: Core, jobs: Jobs, agents: MCPServer[Any]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        async with agents.session_manager.run():
            yield
            await jobs.close()
        core.close()

    return live
