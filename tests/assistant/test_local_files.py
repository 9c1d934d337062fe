"""Where a file of the user's own lies stays on the machine, whatever door it is asked through."""

from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient

from assistant.answer import Assistant
from assistant.api.app import create_app
from index import building
from index.serving import Serving
from tests.parts import HashEmbedder, document


def test_no_answer_over_http_names_the_folder_of_a_file(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    note = replace(document("A canary release takes one percent of traffic."), url="file:///srv/secret/notes.md")
    building.build([note], root=tmp_path, embedder=embedder)
    assistant = Assistant(Serving(tmp_path, embedder), embedder)
    with TestClient(create_app(assistant, library_path=tmp_path / "library.sqlite")) as client:
        answers = [
            client.post("/v1/search", json={"query": "canary release", "k": 1}),
            client.post("/v1/ask", json={"question": "What is a canary release?"}),
            client.get("/v1/documents/doc"),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "file:notes.md" in answers[0].text
    assert all("secret" not in answer.text for answer in answers)
