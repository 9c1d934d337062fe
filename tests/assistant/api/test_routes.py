from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.answer import Assistant
from assistant.api.app import create_app
from index.serving import Serving
from tests.parts import HashEmbedder

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def client(guide: Assistant, guide_home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(guide, library_path=guide_home / "library.sqlite")) as opened:
        yield opened


def test_search_gives_hits_that_are_slices_of_their_documents(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "negative sampling", "k": 5}).json()
    assert len(found["hits"]) == 5
    for hit in found["hits"]:
        document = client.get(f"/v1/documents/{hit['document_id']}").json()
        assert document["text"][hit["start"] : hit["end"]] == hit["text"]


def test_search_by_address_bar_gives_the_same(client: TestClient) -> None:
    posted = client.post("/v1/search", json={"query": "drift", "k": 3}).json()
    got = client.get("/v1/search", params={"query": "drift", "k": 3}).json()
    assert posted["hits"] == got["hits"]


def test_filters_restrict_before_the_top_k(client: TestClient) -> None:
    body = {"query": "latency", "k": 10, "filters": {"steps": [8]}}
    hits = client.post("/v1/search", json=body).json()["hits"]
    assert len(hits) == 10
    assert client.post("/v1/search", json=body | {"filters": {"kinds": ["paper"]}}).json()["hits"] == []


def test_ask_gives_a_cited_answer(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": "Design a fraud detection system"}).json()
    assert answer["kind"] == "answer"
    assert len(answer["sections"]) == 9
    first = answer["citations"][0]
    span = client.get(
        f"/v1/documents/{first['document_id']}/span", params={"start": first["start"], "end": first["end"]}
    )
    assert span.json()["quote"] == first["quote"]


def test_sources_are_listed_with_their_health(client: TestClient) -> None:
    rows = client.get("/v1/sources").json()
    assert len(rows) == 73
    assert rows[0]["id"] == "field-guide"
    assert rows[0]["from"] == "bundled"
    assert rows[0]["chunks"] > 100
    assert client.get("/v1/sources/youtube-dnn").json()["status"] == "never reached"


@pytest.mark.parametrize("question", ["", "   ", "x" * 100_000])
def test_an_empty_or_endless_question_is_a_clear_422(client: TestClient, question: str) -> None:
    for path, body in (("/v1/ask", {"question": question}), ("/v1/search", {"query": question})):
        response = client.post(path, json=body)
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert "String should" in response.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/documents/unknown", 404),
        ("/v1/sources/unknown", 404),
        ("/v1/documents/topic-calibration/span?start=5&end=2", 404),
        ("/v1/documents/topic-calibration/span?start=0&end=99999999", 404),
        ("/v1/search?query=x&k=0", 422),
        ("/v1/search?query=%20", 422),
        ("/v1/nothing", 404),
    ],
)
def test_what_is_asked_wrongly_is_a_problem_with_a_sentence(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.json()["status"] == status
    assert response.json()["detail"]


def test_without_an_index_the_answer_is_503_and_names_the_command(tmp_path: Path) -> None:
    empty = Assistant(Serving(tmp_path, HashEmbedder()), HashEmbedder())
    with TestClient(create_app(empty, library_path=tmp_path / "library.sqlite")) as client:
        for response in (client.post("/v1/ask", json={"question": "What is drift?"}), client.get("/readyz")):
            assert response.status_code == 503
            assert "ninestep index" in response.json()["detail"]
        assert client.get("/healthz").status_code == 200


def test_the_documentation_page_asks_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "https://" not in page
    assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
