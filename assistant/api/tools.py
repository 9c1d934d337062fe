"""The Model Context Protocol door: search, ask, get_span and list_sources as tools for agents.

By the official SDK: streamable HTTP at /mcp, stateless and with plain JSON answers, so that any request can be
answered by any server; and standard input and output by `ninestep mcp`. All tools only read. Host and Origin are
checked by the guard, as for every other route.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal, TypeVar

from fastapi import HTTPException
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.applications import Starlette

from assistant import wire
from assistant.api import answers, library, problems, schemas, search
from assistant.api.core import LIBRARY_SECONDS, Core
from assistant.api.work import Pool
from index.search import Mode

T = TypeVar("T")

_INSTRUCTIONS = (
    "A library about designing machine-learning systems. `ask` answers a question in quotations, `search` finds "
    "passages, `get_span` shows a quotation in its surroundings. Offsets count characters of a document's text."
)
_READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

_Words = Annotated[schemas.Words, Field(description="words, or a whole question")]
_Id = Annotated[str, Field(min_length=1, max_length=200, description="a document's id, as in a hit or citation")]
_Offset = Annotated[int, Field(ge=0, le=10**9)]


def server(core: Core) -> MCPServer[Any]:
    """The MCP server with its tools."""
    made: MCPServer[Any] = MCPServer("ninestep", instructions=_INSTRUCTIONS, version="0.1.0", log_level="WARNING")
    _add_questions(made, core)
    _add_library(made, core)
    return made


def application(made: MCPServer[Any]) -> Starlette:
    """The server over streamable HTTP, at /mcp."""
    return made.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=schemas.MAX_BODY,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard did it
    )


def _add_questions(made: MCPServer[Any], core: Core) -> None:
    @made.tool(name="search", title="Find passages", annotations=_READ_ONLY, structured_output=True)
    async def find(
        query: _Words,
        k: Annotated[int, Field(ge=1, le=50, description="how many passages")] = 5,
        mode: Mode = Mode.HYBRID,
        collapse: Literal["none", "document"] = "none",
        filters: schemas.SearchFilters | None = None,
        cursor: Annotated[str, Field(max_length=500, description="`next_cursor` of the page before")] = "",
    ) -> schemas.SearchResult:
        """Find passages about a topic of machine-learning system design, best first, with their places."""
        asked = schemas.SearchRequest(
            query=query, k=k, mode=mode, collapse=collapse, filters=filters or schemas.SearchFilters(), cursor=cursor
        )
        return schemas.SearchResult.model_validate(await _told(search.found(core, asked)))

    @made.tool(name="ask", title="Ask a question", annotations=_READ_ONLY, structured_output=True)
    async def ask(
        question: _Words,
        history: Annotated[
            list[schemas.Turn], Field(max_length=20, description="earlier questions, oldest first")
        ] = [],  # noqa: B006 - pydantic copies it
    ) -> schemas.AskResult:
        """Answer a question about designing a machine-learning system, in quotations with their places."""
        asked = schemas.AskRequest(question=question, history=history)
        result = await _run(core.questions, lambda: wire.answer(answers.answer(core, asked)), seconds=answers.SECONDS)
        return schemas.AskResult.model_validate(result)


def _add_library(made: MCPServer[Any], core: Core) -> None:
    @made.tool(name="get_span", title="Show a quotation in place", annotations=_READ_ONLY, structured_output=True)
    async def get_span(document_id: _Id, start: _Offset, end: _Offset) -> schemas.Span:
        """Show the characters [start, end) of a document with the text around them."""
        found = await _run(core.reading, lambda: library.span(core, document_id, start=start, end=end))
        return schemas.Span.model_validate(found)

    @made.tool(name="list_sources", title="List the sources", annotations=_READ_ONLY, structured_output=True)
    async def list_sources() -> list[schemas.SourceHealth]:
        """List every source of the library with its health."""
        rows = await _run(core.reading, lambda: library.source_rows(core))
        return [schemas.SourceHealth.model_validate(asdict(row)) for row in rows]


async def _run(pool: Pool, work: Callable[[], T], *, seconds: float = LIBRARY_SECONDS) -> T:
    return await _told(pool.run(work, seconds=seconds))


async def _told(result: Awaitable[T]) -> T:
    """The same; what goes wrong is told in one sentence, as over HTTP."""
    try:
        return await result
    except HTTPException as error:
        raise ToolError(str(error.detail)) from error
    except tuple(problems.TABLE) as error:
        raise ToolError(problems.of(error)[1]) from error
