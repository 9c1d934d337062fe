"""What whoever runs the server sees: health, readiness, metrics."""

import asyncio
import logging
import threading
import time
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from assistant.answer import Assistant
from assistant.api.app import create_app
from assistant.api.core import Policy
from assistant.errors import TooSlowError

pytestmark = pytest.mark.model


def _samples(api: httpx.Client) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(api.get("/metrics").text)
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


def test_ready_names_the_index_that_serves(api: httpx.Client) -> None:
    assert api.get("/healthz").json() == {"status": "alive"}
    assert api.get("/readyz").json()["generation"] == api.get("/v1/stats").json()["generation"]


def test_a_server_with_a_thread_that_hangs_is_not_alive(
    guide: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app, gate = create_app(guide, library_path=tmp_path / "library.sqlite", policy=Policy(lost=0.05)), threading.Event()
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/healthz").status_code == 200
        with pytest.raises(TooSlowError):
            asyncio.run(app.state.core.questions.run(gate.wait, seconds=0.01))
        time.sleep(0.1)
        told = client.get("/healthz")
        assert (told.status_code, told.json()["type"]) == (503, "urn:ninestep:lost")
        assert _samples(client)["ninestep_pool_lost", ("questions",)] == 1
        assert "in wait" in caplog.text
        gate.set()
        while client.get("/healthz").status_code != 200:
            time.sleep(0.01)


def test_metrics_count_what_was_done(api: httpx.Client) -> None:
    before = _samples(api)
    api.post("/v1/search", json={"query": "how do shadow deployments differ from canaries", "k": 7})
    api.post("/v1/search", json={"query": "how do shadow deployments differ from canaries", "k": 7})
    api.post("/v1/ask", json={"question": "Design a spam filter"})
    api.post("/v1/ask", json={"question": "What is the capital of Mongolia?"})
    api.get("/v1/nothing-here")
    after = _samples(api)

    def rose(name: str, *labels: str) -> float:
        return after[name, labels] - before.get((name, labels), 0)

    assert rose("ninestep_request_seconds_count", "POST", "/v1/search", "200") == 2
    assert rose("ninestep_request_seconds_count", "GET", "unknown", "404") == 1
    assert rose("ninestep_searches_remembered_total") == 1
    assert rose("ninestep_hits_sum") >= 7
    assert rose("ninestep_answers_total", "answered") == 1
    assert rose("ninestep_answers_total", "declined") == 1
    assert rose("ninestep_verdicts_total", "supported") > 0
    assert rose("ninestep_stage_seconds_count", "search") > 0
    assert rose("ninestep_stage_seconds_count", "encode") > 0


def test_metrics_tell_of_pools_index_and_library(api: httpx.Client) -> None:
    told = _samples(api)
    for pool in ("questions", "searches", "reading"):
        assert 0 <= told["ninestep_pool_taken", (pool,)] < told["ninestep_pool_places", (pool,)]
    stats = api.get("/v1/stats").json()
    assert told["ninestep_documents", ()] == stats["documents"]
    assert told["ninestep_generation_info", (stats["generation"], stats["model"])] == 1
    assert told["ninestep_sources", ("never reached",)] > 0


def test_the_series_stay_bounded_whatever_clients_ask(api: httpx.Client) -> None:
    api.get("/v1/first")
    before = len(_samples(api))
    for number in range(50):
        api.get(f"/v1/nothing-{number}")
        api.get(f"/v1/sources/none-{number}")
        api.get(f"/page-{number}")
    assert len(_samples(api)) - before < 60


def test_questions_are_logged_only_where_that_was_asked_for(
    guide: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for policy, seen in ((Policy(), False), (Policy(log_questions=True), True)):
        caplog.clear()
        app = create_app(guide, library_path=tmp_path / "library.sqlite", policy=policy)
        with caplog.at_level(logging.INFO, "ninestep.access"), TestClient(app) as client:
            client.post("/v1/search", json={"query": "zanzibar"})
        assert any(getattr(record, "question", "") == "zanzibar" for record in caplog.records) is seen
