"""The official MCP client, over streamable HTTP and over standard input and output."""

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tests.assistant.api.server import COMMAND, Served, environment

pytestmark = pytest.mark.model


async def _use(client: Client) -> None:
    """What an agent does: look at the tools, search, open the quotation, ask, list."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"search", "ask", "get_span", "list_sources"}
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
    assert all(tool.output_schema for tool in tools.values())

    found = (await client.call_tool("search", {"query": "negative sampling", "k": 3})).structured_content
    hit = found["hits"][0]
    assert len(found["hits"]) == 3
    place = {"document_id": hit["document_id"], "start": hit["start"], "end": hit["end"]}
    assert (await client.call_tool("get_span", place)).structured_content["quote"] == hit["text"]

    answer = (await client.call_tool("ask", {"question": "Design a spam filter"})).structured_content
    assert answer["kind"] == "answer"
    assert answer["citations"]

    sources = (await client.call_tool("list_sources", {})).structured_content
    assert sources["result"][0]["id"] == "field-guide"

    wrong = await client.call_tool("get_span", place | {"document_id": "nope"})
    assert wrong.is_error
    assert "no document has the id 'nope'" in wrong.content[0].text


def test_an_agent_works_over_streamable_http(served: Served) -> None:
    async def session() -> None:
        async with Client(f"{served.address}/mcp") as client:
            await _use(client)

    anyio.run(session)


def test_an_agent_works_over_standard_input_and_output(served: Served) -> None:
    async def session() -> None:
        command, *arguments = COMMAND
        process = StdioServerParameters(command=command, args=[*arguments, "mcp"], env=environment(served.home))
        async with Client(process) as client:
            await _use(client)

    anyio.run(session)


def test_a_page_of_another_site_does_not_reach_it(served: Served) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"accept": "application/json, text/event-stream"}
    with served.client() as client:
        assert client.post("/mcp", json=hello, headers=accept).status_code == 200
        foreign = client.post("/mcp", json=hello, headers=accept | {"origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert client.post("/mcp", json=hello, headers=accept | {"host": "evil.example"}).status_code == 421
