"""Ingestion over HTTP: a file, a listed source, a page; jobs with events and an end."""

import httpx
import pytest

from tests.assistant.api.test_streams import events

pytestmark = pytest.mark.model

_NOTES = """# Ranking quokkas

Quokka portraits are ranked by a gradient boosted model that reads fourteen features of the fur.

## Serving quokkas

The quokka ranker answers within nine milliseconds, because its features are computed when a portrait is uploaded.
"""


def _until_done(api: httpx.Client, job: str) -> list[tuple[str, dict[str, object]]]:
    return events(api.get(f"/v1/jobs/{job}/events", timeout=240).text)


@pytest.mark.slow
def test_an_uploaded_file_becomes_searchable_and_quotable(api: httpx.Client) -> None:
    started = api.post("/v1/ingest/file", params={"name": "Quokka notes.md"}, content=_NOTES.encode())
    assert started.status_code == 202
    job = started.json()
    assert started.headers["location"] == f"/v1/jobs/{job['id']}"
    assert job["files"] == ["Quokka notes.md"]

    told = _until_done(api, job["id"])
    assert [name for name, _ in told][-1] == "done"
    assert told[-1][1]["state"] == "done"
    stages = [data["stage"] for name, data in told if name == "progress"]
    assert stages[0] == "started"
    assert "fetching" in stages
    assert "indexed" in stages

    hit = api.post("/v1/search", json={"query": "quokka ranker milliseconds", "k": 1}).json()["hits"][0]
    assert "nine milliseconds" in hit["text"]
    place = {"start": hit["start"], "end": hit["end"]}
    span = api.get(f"/v1/documents/{hit['document_id']}/span", params=place).json()
    assert span["quote"] == hit["text"]
    assert any(one["title"] == "Quokka notes.md" for one in api.get("/v1/sources").json())


@pytest.mark.slow
def test_a_source_that_cannot_be_reached_ends_the_job_and_names_itself(api: httpx.Client) -> None:
    job = api.post("/v1/ingest", json={"sources": ["youtube-dnn", "youtube-dnn"]}).json()
    assert job["sources"] == ["youtube-dnn"]
    done = _until_done(api, job["id"])[-1][1]
    assert done["state"] == "done"
    assert "1 failed: youtube-dnn" in str(done["message"])
    assert "/" not in str(done["message"])


def test_a_cancelled_job_stays_cancelled(api: httpx.Client) -> None:
    job = api.post("/v1/ingest", json={"urls": ["https://example.org/a-post"]}).json()["id"]
    assert api.post(f"/v1/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert _until_done(api, job)[-1][1]["state"] == "cancelled"
    assert api.post(f"/v1/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert api.get("/v1/jobs").json()[0]["id"] == job


def test_a_stream_that_was_heard_to_its_end_is_not_begun_again(api: httpx.Client) -> None:
    assert api.get("/v1/jobs/any/events", headers={"last-event-id": "done"}).status_code == 204


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/", "http://192.168.1.1/a",
        "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/", "http://0/",
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://127.1/", "http://router.local/",
        "http://intranet/", "http://user:secret@example.org/", "http://example.org:22/", "http://example.org:99999/",
        "http://", "http://[", "http://service.internal./",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(api: httpx.Client, url: str) -> None:
    answer = api.post("/v1/ingest", json={"urls": ["https://example.org/", url]})
    assert answer.status_code == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "", "/etc/passwd"])
def test_what_is_no_web_address_is_asked_wrongly(api: httpx.Client, url: str) -> None:
    assert api.post("/v1/ingest", json={"urls": [url]}).status_code == 422


def test_only_ids_of_the_catalog_are_taken(api: httpx.Client) -> None:
    answer = api.post("/v1/ingest", json={"sources": ["../../etc/passwd"]})
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["../../evil.md", "/etc/passwd.md", "a\\b.md", ".hidden.md", "x.exe", "md", "a\n.md"])
def test_a_file_with_a_name_that_cannot_be_is_not_stored(api: httpx.Client, name: str) -> None:
    assert api.post("/v1/ingest/file", params={"name": name}, content=b"words").status_code == 422


def test_an_empty_file_or_one_that_is_too_large_is_not_stored(api: httpx.Client) -> None:
    assert api.post("/v1/ingest/file", params={"name": "a.md"}).status_code == 422
    assert api.post("/v1/ingest/file", params={"name": "a.md"}, content=bytes(33 * 2**20)).status_code == 413


def test_feedback_is_kept_and_counted(api: httpx.Client) -> None:
    note = {"verdict": "wrong citation", "document_id": "topic-calibration", "start": 3, "end": 9, "comment": "no"}
    first, second = (api.post("/v1/feedback", json=note) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert second.json()["number"] == first.json()["number"] + 1
    assert api.post("/v1/feedback", json=note | {"verdict": "meh"}).status_code == 422
