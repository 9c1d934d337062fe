"""What a careless or hostile client sends: clear 4xx, and a server that goes on."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant.answer import Assistant
from assistant.api.app import create_app
from assistant.api.core import Policy
from assistant.keys import KeyRing, Scope
from tests.assistant.api.server import COMMAND, Served, environment, read_all

pytestmark = pytest.mark.model

_JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def goes_on(api: httpx.Client) -> Iterator[None]:
    """Whatever a test does, the server answers afterwards."""
    yield
    assert api.post("/v1/search", json={"query": "drift", "k": 1}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 400), (b"[" * 100_000, 400), (b"\xff\xfe{}", 400), (b"null", 422), (b"[]", 422),
        (b'{"query": 5}', 422), (b'{"query": "x", "k": NaN}', 422), (b'{"query": "x", "k": 1e400}', 422),
        (b'{"query": "x", "k": 1' + b"0" * 5000 + b"}", 400), (b'{"query": "x", "k": true}', 422),
        (b'{"query": "x", "k": "5"}', 422), (b'{"query": "\\ud800"}', 422), (b'{"query": "x", "spam": 1}', 422),
        (b'{"query": "x", "mode": "magic"}', 422), (b'{"query": "x", "filters": {"steps": [10]}}', 422),
        (b'{"query": "x", "cursor": "eyJ4Ijo1fQ"}', 409), (b'{"query": "x", "cursor": "\\u0000"}', 409),
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_a_problem_with_a_sentence(api: httpx.Client, body: bytes, status: int) -> None:
    answer = api.post("/v1/search", content=body, headers=_JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_body_of_another_kind_is_415(api: httpx.Client) -> None:
    answer = api.post("/v1/search", content=b"<query/>", headers={"content-type": "application/xml"})
    assert answer.status_code == 415
    assert "send application/json" in answer.json()["detail"]


def test_a_huge_body_is_refused_before_it_is_read(served: Served) -> None:
    head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    assert b" 413 " in served.send(head + b"Content-Length: 99999999999\r\n\r\n")
    chunks = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert b" 413 " in served.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 5)


@pytest.mark.parametrize("length", [300_000, 3_000_000])
def test_a_client_that_sends_all_of_a_body_too_large_still_reads_the_answer(served: Served, length: int) -> None:
    """Closed at once, the connection is reset and the client told nothing but that."""
    head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    assert b" 413 " in served.send(head + b"Content-Length: %d\r\n\r\n" % length + b"x" * length)
    chunk = b"%x\r\n" % length + b"x" * length + b"\r\n0\r\n\r\n"
    assert b" 413 " in served.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)


def test_what_is_not_http_is_closed(served: Served) -> None:
    assert b" 400 " in served.send(b"\x16\x03\x01\x02\x00\x01\x00 hello\r\n\r\n")
    assert b" 431 " in served.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Pad: " + b"x" * 60_000)


@pytest.mark.slow
def test_a_client_that_dawdles_is_cut_off_while_others_are_served(served: Served, api: httpx.Client) -> None:
    head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    answers: dict[str, bytes] = {}

    def dawdle(name: str, begun: bytes) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
            connection.sendall(begun)
            answers[name] = read_all(connection)

    wholes = {"head": head, "body": head + b'Content-Length: 20\r\n\r\n{"que', "silent": b""}
    threads = [threading.Thread(target=dawdle, args=one) for one in wholes.items() for _ in range(20)]
    for thread in threads:
        thread.start()
    assert api.get("/v1/search", params={"query": "drift"}).status_code == 200
    for thread in threads:
        thread.join()
    assert b" 408 " in answers["head"]
    assert b"took longer than 10 seconds" in answers["head"]
    assert b" 408 " in answers["body"]
    assert b" 408 " in answers["silent"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/documents/..%2f..%2fetc%2fpasswd", "/v1/documents/%00", "/v1/sources/%2e%2e", "/v1/jobs/%0d%0aX-Evil:%201",
        "/v1/models/..", "/v1/documents/" + "x" * 5000, "/static-offline-docs/..%2f..%2fsetup.py", "/v1//search",
        "/v1/documents/topic-calibration/span?start=-1&end=5", "/v1/search?query=x&query=y&k=5&k=nine",
    ],
)  # fmt: skip
def test_a_hostile_address_is_a_4xx_that_names_no_path(served: Served, api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert 400 <= answer.status_code < 500
    assert str(served.home.parent) not in answer.text
    assert "site-packages" not in answer.text
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/search", "/v1/sources", "/v1/jobs", "/healthz", "/metrics", "/v1/models"])
def test_a_method_that_is_not_there_is_405_and_says_which_are(api: httpx.Client, path: str) -> None:
    for method in ("DELETE", "TRACE", "PATCH", "PROPFIND"):
        answer = api.request(method, path)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]


def test_a_name_that_the_server_does_not_bear_is_refused(api: httpx.Client) -> None:
    assert api.get("/v1/sources", headers={"host": "evil.example"}).status_code == 421
    assert api.get("/v1/sources", headers={"host": ""}).status_code in {400, 421}


def test_pages_of_other_sites_are_kept_out(api: httpx.Client) -> None:
    foreign = {"origin": "https://evil.example"}
    assert api.post("/v1/search", json={"query": "x"}, headers=foreign).status_code == 403
    assert (
        api.post("/v1/feedback", json={"verdict": "helpful"}, headers=foreign | {"origin": "null"}).status_code == 403
    )
    preflight = api.options("/v1/search", headers=foreign | {"access-control-request-method": "POST"})
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in api.get("/v1/models", headers=foreign).headers


@pytest.mark.parametrize("path", ["/v1/models", "/v1/nothing", "/docs", "/healthz", "/metrics", "/"])
def test_every_answer_carries_the_headers_of_safety(api: httpx.Client, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "default-src" in headers["content-security-policy"]
    assert headers["x-request-id"]
    assert "server" not in headers


def test_a_request_id_of_the_clients_own_is_kept_where_it_is_a_plain_one(api: httpx.Client) -> None:
    assert api.get("/healthz", headers={"x-request-id": "trace-7.a"}).headers["x-request-id"] == "trace-7.a"
    assert api.get("/healthz", headers={"x-request-id": "a b<script>"}).headers["x-request-id"] != "a b<script>"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.json")


@pytest.fixture
def locked(guide: Assistant, tmp_path: Path) -> Iterator[TestClient]:
    """The application as it stands where others can reach it."""
    app = create_app(guide, library_path=tmp_path / "library.sqlite", policy=Policy(keys_required=True))
    with TestClient(app) as client:
        yield client


def _bearing(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def test_without_a_key_only_the_probes_answer(locked: TestClient, ring: KeyRing) -> None:
    ring.add("someone", scopes=[Scope.READ])
    assert locked.get("/healthz").status_code == 200
    assert locked.get("/readyz").status_code == 200
    for path in ("/v1/sources", "/metrics", "/docs", "/openapi.json", "/mcp"):
        refused = locked.get(path)
        assert refused.status_code == 401
        assert "ninestep keys add" in refused.json()["detail"]
        assert refused.headers["www-authenticate"]


def test_a_key_does_what_its_scope_says_until_it_is_revoked(locked: TestClient, ring: KeyRing) -> None:
    key, text = ring.add("reader", scopes=[Scope.READ])
    assert locked.get("/v1/models", headers=_bearing(text)).status_code == 200
    refused = locked.post("/v1/ingest", json={"sources": ["youtube-dnn"]}, headers=_bearing(text))
    assert refused.status_code == 403
    assert "this key may read, not ingest" in refused.json()["detail"]
    assert locked.get("/v1/jobs", headers=_bearing(text)).json() == []  # the library page looks for one's own jobs
    assert locked.post("/v1/jobs/any/cancel", headers=_bearing(text)).status_code == 403
    _, ingester = ring.add("ingester", scopes=[Scope.INGEST])
    assert locked.get("/v1/jobs", headers=_bearing(ingester)).status_code == 200
    assert locked.get("/v1/models", headers=_bearing(ingester)).status_code == 403
    ring.revoke(key.id)
    assert locked.get("/v1/models", headers=_bearing(text)).status_code == 401


def test_nobody_reads_what_another_said(locked: TestClient, ring: KeyRing) -> None:
    """Feedback goes in and never comes out; no route that a key may read tells of it, or of what was asked."""
    _, one = ring.add("one", scopes=[Scope.READ, Scope.INGEST])
    _, other = ring.add("other", scopes=[Scope.READ, Scope.INGEST])
    said = {"verdict": "helpful", "question": "What about zyzzyva alpha?", "comment": "zyzzyva beta"}
    assert locked.post("/v1/feedback", json=said, headers=_bearing(one)).status_code == 201
    locked.post("/v1/ask", json={"question": "What about zyzzyva gamma?"}, headers=_bearing(one))
    assert locked.get("/v1/feedback", headers=_bearing(other)).status_code == 405
    paths = locked.get("/openapi.json", headers=_bearing(other)).json()["paths"]
    plain = [path for path, methods in paths.items() if "get" in methods and "{" not in path]
    assert len(plain) >= 6
    for path in plain:
        assert "zyzzyva" not in locked.get(path, headers=_bearing(other)).text, path


def test_a_key_is_kept_hashed(ring: KeyRing, tmp_path: Path) -> None:
    _, text = ring.add("reader", scopes=[Scope.READ])
    assert text not in (tmp_path / "keys.json").read_text()
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_a_key_that_asks_too_often_is_told_when_to_come_back(locked: TestClient, ring: KeyRing) -> None:
    _, text = ring.add("busy", scopes=[Scope.READ], rate="3/minute")
    answers = [locked.get("/v1/models", headers=_bearing(text)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert "r=0" in answers[-1].headers["ratelimit"]


def test_guessing_keys_is_slowed(locked: TestClient, ring: KeyRing) -> None:
    _, text = ring.add("right", scopes=[Scope.READ])
    statuses = [locked.get("/v1/models", headers=_bearing(f"ns-{n}-wrong")).status_code for n in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert locked.get("/v1/models", headers=_bearing(text)).status_code == 200
    assert locked.get("/v1/models", headers={"authorization": "Basic !!!"}).status_code == 429


def test_a_job_is_known_to_the_key_that_started_it_alone(locked: TestClient, ring: KeyRing) -> None:
    mine, theirs = (_bearing(ring.add(name, scopes=[Scope.INGEST])[1]) for name in ("mine", "theirs"))
    made = locked.post("/v1/ingest", json={"urls": ["https://example.org/a-post"]}, headers=mine)
    assert made.status_code == 202
    id = made.json()["id"]
    assert [job["id"] for job in locked.get("/v1/jobs", headers=mine).json()] == [id]
    assert locked.get("/v1/jobs", headers=theirs).json() == []
    for method, path in (
        ("GET", f"/v1/jobs/{id}"),
        ("GET", f"/v1/jobs/{id}/events"),
        ("POST", f"/v1/jobs/{id}/cancel"),
    ):
        answer = locked.request(method, path, headers=theirs)
        assert answer.status_code == 404
        assert "example.org" not in answer.text
    assert locked.get(f"/v1/jobs/{id}", headers=mine).json()["state"] in {"waiting", "running"}
    assert locked.post(f"/v1/jobs/{id}/cancel", headers=mine).json()["state"] == "cancelled"


def test_nothing_that_is_sent_becomes_a_header(served: Served) -> None:
    lines = [
        b"X-Request-ID: a\r\n Set-Cookie: evil=1", b"X-Request-ID: a%0d%0aSet-Cookie:%20evil=1", b"Host: [",
        b"Origin: http://localhost\rSet-Cookie: evil=1", b"Authorization: Basic \xe9\xff",
    ]  # fmt: skip
    for line in lines:
        head = b"GET /v1/search?query=a%0d%0aSet-Cookie:%20evil=1 HTTP/1.1\r\nConnection: close\r\n"
        host = b"" if line.startswith(b"Host") else b"Host: localhost\r\n"
        answer = served.send(head + host + line + b"\r\n\r\n")
        status, _, rest = answer.partition(b"\r\n")
        assert b"set-cookie" not in rest.partition(b"\r\n\r\n")[0].lower()
        assert b" 500 " not in status


def test_binding_where_others_can_reach_it_without_a_key_is_refused_in_a_sentence(
    tmp_path: Path,
) -> None:
    home = environment(tmp_path, NINESTEP_HOST="0.0.0.0")
    refused = subprocess.run([*COMMAND, "serve"], env=home, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert "NINESTEP_HOST is '0.0.0.0', which others can reach, and there is no API key yet" in refused.stderr
    assert "ninestep keys add" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_log_holds_requests_by_id_and_nothing_that_was_asked(served: Served, api: httpx.Client) -> None:
    given = {"x-request-id": "seen-in-log"}
    api.get("/v1/search", params={"query": "zanzibar"}, headers=given)
    api.post("/v1/ask", json={"question": "What does zanzibar teach about sharding?"}, headers=given)
    lines = [line for line in served.log.read_text().splitlines() if line.startswith("{")]
    records = [json.loads(line) for line in lines]
    mine = [record for record in records if record.get("request_id") == "seen-in-log"]
    assert [record["route"] for record in mine] == ["/v1/search", "/v1/ask"]
    assert {record["status"] for record in mine} == {200}
    assert "zanzibar" not in served.log.read_text()
