"""Many clients at once: a full house, a generation swapped under them, memory, and an end in good order."""

import itertools
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from threadpoolctl import threadpool_info

from assistant import build
from assistant.answer import Assistant
from assistant.api import listen
from assistant.api.app import create_app
from assistant.api.core import Policy
from assistant.settings import Settings
from index import building
from ingest.library import Library
from tests.assistant.api.server import Served, free_port, read_all, serve

pytestmark = pytest.mark.model

_DESIGN = {"question": "Design a fraud detection system"}


@pytest.fixture
def narrow(guide: Assistant, tmp_path: Path) -> Iterator[str]:
    """A server with one place for questions and one for searches, in a thread of this process."""
    port = free_port()
    app = create_app(guide, library_path=tmp_path / "library.sqlite", policy=Policy(workers=1, waiting=0))
    server = listen.server(app, host="127.0.0.1", port=port, on_stop=app.state.jobs.stop_watching)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)


def test_blas_has_no_threads_in_a_server_that_forks(narrow: str) -> None:
    httpx.get(f"{narrow}/healthz", trust_env=False).raise_for_status()
    own = [one["num_threads"] for one in threadpool_info() if one.get("threading_layer") == "pthreads"]
    assert set(own) == {1}


def test_a_full_house_is_503_with_retry_after_and_keeps_no_search_waiting(narrow: str) -> None:
    with httpx.Client(base_url=narrow, timeout=60, trust_env=False) as client, ThreadPoolExecutor(8) as many:
        asked = [many.submit(client.post, "/v1/ask", json=_DESIGN) for _ in range(8)]
        searched = client.post("/v1/search", json={"query": "drift", "mode": "lexical"})
        answers = [one.result() for one in asked]
        streamed = [many.submit(client.get, "/v1/ask", params=_DESIGN, headers={"accept": "text/event-stream"})]
        streamed += [many.submit(client.post, "/v1/ask", json=_DESIGN) for _ in range(4)]
        answers += [one.result() for one in streamed]
    assert searched.status_code == 200
    assert {answer.status_code for answer in answers} == {200, 503}
    for refused in (answer for answer in answers if answer.status_code == 503):
        assert int(refused.headers["retry-after"]) >= 1
        assert "places for questions are taken" in refused.json()["detail"]


def test_nobody_waits_for_what_a_client_left_behind(narrow: str) -> None:
    body = b'{"question": "Design a fraud detection system"}'
    head = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with httpx.Client(base_url=narrow, timeout=60, trust_env=False) as client:
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", int(narrow.rpartition(":")[2]))) as connection:
                connection.sendall(head % len(body) + body)
        for _ in range(100):
            if client.post("/v1/ask", json=_DESIGN).status_code == 200:
                break
            time.sleep(0.1)
        told = client.get("/metrics").text
    assert 'ninestep_pool_taken{pool="questions"} 0.0' in told
    assert 'status="499"' in told


@pytest.fixture
def own(served: Served, guide_home: Path, tmp_path: Path) -> Iterator[Served]:
    """A server of a test's own."""
    del served  # it has warmed the files of the model
    shutil.copytree(guide_home, tmp_path / "home")
    with serve(tmp_path / "home") as running:
        yield running


@pytest.mark.slow
def test_a_generation_is_swapped_under_load_without_a_failure_or_a_mixture(own: Served) -> None:
    gone = "topic-calibration"
    settings = Settings(home=own.home)
    with Library(build.library_path(settings)) as library:
        rest = [document for document in library.documents() if document.id != gone]
    with own.client() as first:
        old = first.get("/readyz").json()["generation"]
    stop = threading.Event()
    results: list[tuple[str, int, dict[str, Any]]] = []

    def ask_on(client: httpx.Client, kind: str) -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            words = f"calibration of probabilities {kind} {number}"
            body = {"query": words, "k": 20} if kind == "search" else {"question": "How is calibration measured?"}
            answer = client.post(f"/v1/{kind}", json=body)
            results.append((kind, answer.status_code, answer.json()))

    with own.client() as client, ThreadPoolExecutor(4) as many:
        asking = [many.submit(ask_on, client, kind) for kind in ("search", "search", "search", "ask")]
        new = building.build(rest, root=own.home, embedder=build.embedder(settings)).id
        until = time.monotonic() + 60
        while time.monotonic() < until and not any(result.get("generation") == new for _, _, result in results[-20:]):
            time.sleep(0.05)
        time.sleep(0.5)
        stop.set()
        for one in asking:
            one.result()
    assert {status for _, status, _ in results} == {200}
    searches = [result for kind, _, result in results if kind == "search"]
    assert {result["generation"] for result in searches} == {old, new}
    for result in searches:
        assert any(hit["document_id"] == gone for hit in result["hits"]) is (result["generation"] == old)
    answers = [result for kind, _, result in results if kind == "ask"]
    assert any(cited["document_id"] == gone for cited in answers[0]["citations"])
    assert not any(cited["document_id"] == gone for cited in answers[-1]["citations"])


@pytest.mark.slow
def test_a_stopped_server_finishes_what_it_has_begun(own: Served) -> None:
    address = (
        b"GET /v1/ask?question=Design+a+fraud+detection+system HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    )
    wanted = [b"\r\n", b"Accept: text/event-stream\r\n\r\n"] * 4
    with ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection(("127.0.0.1", own.port), timeout=60)) for _ in wanted
        ]
        for connection, rest in zip(connections, wanted, strict=True):
            connection.sendall(address + rest)
        with own.client() as client:
            while not any('route="/v1/ask"' in line for line in _metrics(client)):
                pass  # one is answered, so the others run or wait
        code = own.stop()
        answers = [read_all(connection) for connection in connections]
    assert all(answer.startswith(b"HTTP/1.1 200 OK") for answer in answers)
    assert all(b'"kind":"answer"' in answer for answer in answers[::2])
    assert all(b"event: done" in answer for answer in answers[1::2])
    assert code in {0, -15}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", own.port))


def _metrics(client: httpx.Client) -> list[str]:
    return client.get("/metrics").text.splitlines()


@pytest.mark.slow
def test_memory_stays_flat_over_many_requests_of_every_kind(own: Served) -> None:
    def turn(client: httpx.Client, begin: int, count: int) -> None:
        for number in range(begin, begin + count):
            client.post("/v1/search", json={"query": f"feature store {number % 200}", "mode": "lexical", "k": 50})
            client.get(f"/v1/documents/none-{number}")
            client.post("/v1/search", content=b"{", headers={"content-type": "application/json"})
            client.get("/v1/documents/topic-calibration")
            client.get("/v1/sources/none", headers={"authorization": f"Bearer ns-{number}-x"})

    with own.client() as client:
        turn(client, 0, 300)
        before = own.resident()
        turn(client, 300, 300)
        grown = own.resident() - before
    assert grown < 16 * 1024
