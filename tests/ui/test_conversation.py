"""The routes behind the ask page, over the real field guide."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from fastapi.testclient import TestClient

from assistant import build
from assistant.answer import Assistant
from assistant.api.app import create_app
from assistant.settings import Settings
from assistant.writer import Writer
from tests.assistant.test_writer import ScriptedGenerator
from ui import conversation, pdf, record
from ui.model import ModelStatus

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def client(guide_home: Path) -> Iterator[TestClient]:
    app = create_app(build.assistant(Settings(home=guide_home)), library_path=guide_home / "library.sqlite")
    app.include_router(conversation.router(app.state.core))
    with TestClient(app) as opened:
        yield opened


def events(client: TestClient, question: str) -> list[tuple[str, dict[str, object]]]:
    text = client.post("/chat/ask", json={"question": question, "turn": "t1"}).text
    blocks = [dict(line.split(": ", 1) for line in block.split("\n") if ": " in line) for block in text.split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks if "data" in block]


@pytest.mark.parametrize(
    "question",
    [
        "What is calibration?",
        "two-tower or cross-encoder?",
        "Design a spam filter",
        "How do I cook risotto?",
        "Why does Netflix use Kafka to train its ranking model by hand?",  # declined by quotations
    ],
)
def test_an_answer_comes_as_a_frame_pieces_and_a_signed_record(client: TestClient, question: str) -> None:
    got = events(client, question)
    names = [name for name, _ in got]
    assert names[0] == "open"
    assert set(names[1:-1]) == {"piece"}
    assert names[-1] == "done"
    pieces = [str(data["html"]) for name, data in got if name == "piece"]
    assert not [later for before, later in pairwise(pieces) if before in later]  # none comes twice
    kept = client.post("/chat/show", json={"record": got[-1][1]["record"], "turn": "t1"}).json()
    assert kept["html"] == got[0][1]["html"]
    assert kept["pieces"] == [data for name, data in got if name == "piece"]


def test_what_cannot_be_answered_is_an_event_with_a_sentence(client: TestClient) -> None:
    [(name, data)] = events(client, "x" * 3000)
    assert name == "error"
    assert "the limit is 2,000" in str(data["detail"])


def test_only_answers_of_this_server_can_be_shared(client: TestClient) -> None:
    done = events(client, "What is calibration?")[-1][1]
    forged = str(done["record"]).replace("calibration", "perpetual motion", 1)
    assert client.post("/chat/share", json={"record": forged, "signature": done["signature"]}).status_code == 403
    shared = client.post("/chat/share", json={"record": done["record"], "signature": done["signature"]}).json()["id"]
    again = client.post("/chat/share", json={"record": done["record"], "signature": done["signature"]}).json()["id"]
    assert again == shared
    assert client.get(f"/chat/shared/{shared}").json() == {"record": done["record"], "signature": done["signature"]}


@pytest.mark.parametrize("id", ["0" * 32, "..", "%2e%2e%2fpage.key", "A" * 32])
def test_no_other_file_can_be_had_through_a_shared_address(client: TestClient, id: str) -> None:
    assert client.get(f"/chat/shared/{id}").status_code == 404


def test_a_record_of_another_version_is_one_sentence(client: TestClient) -> None:
    told = client.post("/chat/show", json={"record": "{}"})
    assert told.status_code == 422
    assert "ask it again" in told.json()["detail"]


def test_without_a_language_model_the_status_says_so(client: TestClient) -> None:
    assert client.get("/chat/model").json() == {"name": "", "ready": False}


def test_a_language_models_draft_comes_before_the_checked_answer(guide: Assistant, guide_home: Path) -> None:
    reply = "Position bias is the tendency of users to click results because of where they are shown [1]."
    writer = Writer(ScriptedGenerator(reply), context_tokens=4096, is_strict=False)
    worded = Assistant(guide._serving, guide._embedder, writer=writer)
    app = create_app(worded, library_path=guide_home / "library.sqlite")
    app.include_router(conversation.router(app.state.core))
    with TestClient(app) as client:
        got = events(client, "What is position bias?")
    names = [name for name, _ in got]
    assert "".join(str(data["text"]) for name, data in got if name == "draft") == reply
    assert names[: names.index("open")] == ["draft", "draft"]


def test_an_endpoint_is_ready_when_it_answers_and_is_not_asked_again_at_once() -> None:
    asked: list[str] = []

    class Models(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Models)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status = ModelStatus(f"http://127.0.0.1:{server.server_port}/v1", name="small")
    assert status.is_ready()
    assert status.is_ready()
    server.shutdown()
    server.server_close()
    assert asked == ["/v1/models"]
    assert not ModelStatus(f"http://127.0.0.1:{server.server_port}/v1", name="small").is_ready()


@pytest.mark.parametrize("question", ["Design a spam filter", "two-tower or cross-encoder?", "How do I cook risotto?"])
def test_every_form_of_answer_becomes_a_pdf_whose_text_can_be_read(guide: Assistant, question: str) -> None:
    document = pypdfium2.PdfDocument(pdf.write(guide.ask(question)))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    assert question in text


def test_a_pdf_writes_greek_cyrillic_and_signs_and_survives_what_it_cannot_write(guide: Assistant) -> None:
    from dataclasses import replace

    result = guide.ask("How do I cook risotto?")
    shown = replace(result, reason="αβγ ≥ жизнь × naïve <b>&amp; 推薦システム \x00 推荐 추천 \U0001f600")
    document = pypdfium2.PdfDocument(pdf.write(shown))
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert "αβγ ≥ жизнь × naïve <b>&amp;" in text
    assert "推薦システム" in text
    assert record.load(record.dump(shown)) == shown
