"""OpenAI's own client against the running server, unchanged."""

from collections.abc import Iterator

import openai
import pytest

from tests.assistant.api.server import Served

pytestmark = pytest.mark.model

_DESIGN = [{"role": "user", "content": "Design a fraud detection system"}]


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


def test_a_completion_carries_its_citations_and_search_results(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="ninestep", messages=_DESIGN)
    text = answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert all(f"## {step}. " in text for step in range(1, 10))
    citations = answer.model_extra["citations"]
    assert [one["number"] for one in citations] == list(range(1, len(citations) + 1))
    assert all(f"[{one['number']}]" in text for one in citations)
    assert {one["document_id"] for one in citations} <= {
        one["document_id"] for one in answer.model_extra["search_results"]
    }
    for mark in answer.choices[0].message.annotations:
        assert text[mark.url_citation.start_index : mark.url_citation.end_index].startswith("[")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_gives_the_same_words_and_sources_before_the_first_of_them(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="ninestep", messages=_DESIGN)
    stream = client.chat.completions.create(
        model="ninestep", messages=_DESIGN, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.content == ""
    assert chunks[0].model_extra["citations"] == whole.model_extra["citations"]
    assert chunks[0].model_extra["search_results"] == whole.model_extra["search_results"]
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage == whole.usage


def test_what_the_library_does_not_hold_is_declined_in_words(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="ninestep", messages=[{"role": "user", "content": "What is the capital of Mongolia?"}]
    )
    assert answer.choices[0].message.content
    assert answer.model_extra["citations"] == []


def test_earlier_user_messages_are_the_history(client: openai.OpenAI) -> None:
    follow_up = [
        {"role": "system", "content": "Answer in French."},
        {"role": "user", "content": [{"type": "text", "text": "How does a two-tower model work?"}]},
        {"role": "assistant", "content": "A two-tower model …"},
        {"role": "user", "content": "How are negatives sampled for it?"},
    ]
    answer = client.chat.completions.create(model="ninestep", messages=follow_up, temperature=0.3, max_tokens=50)
    assert any(
        "two-tower" in one["document_id"] or "negative" in one["document_id"] for one in answer.model_extra["citations"]
    )


def test_models_are_listed_by_name(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["ninestep"]
    assert client.models.retrieve("ninestep").owned_by == "ninestep"


def test_errors_come_as_the_clients_own_exceptions(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="the only one is 'ninestep'"):
        client.chat.completions.create(model="gpt-5", messages=_DESIGN)
    with pytest.raises(openai.UnprocessableEntityError, match="no user message holds any words"):
        client.chat.completions.create(model="ninestep", messages=[{"role": "system", "content": "Be brief."}])
    with pytest.raises(openai.UnprocessableEntityError, match="the limit is 2,000"):
        client.chat.completions.create(model="ninestep", messages=[{"role": "user", "content": "word " * 500}])
