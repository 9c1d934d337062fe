import asyncio
from collections.abc import Callable

import httpx
import pytest

from ingest.errors import FetchError
from ingest.fetch import Fetcher, Limits
from ingest.types import Reason, Snapshot

QUICK = Limits(host_delay=0, retry_after=0.01, attempts=3, redirects=3, size=1_000)
Handler = Callable[[httpx.Request], httpx.Response]


def fetch(handler: Handler, url: str = "https://a.example/page", **options: dict[str, str]) -> Snapshot:
    def with_robots(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/robots.txt" else handler(request)

    return run(with_robots, url, **options)


def run(handler: Handler, url: str, **options: dict[str, str]) -> Snapshot:
    async def go() -> Snapshot:
        async with Fetcher(QUICK, transport=httpx.MockTransport(handler), check_addresses=False) as fetcher:
            return await fetcher.fetch(url, **options)

    return asyncio.run(go())


def reason(handler: Handler, url: str = "https://a.example/page") -> Reason:
    with pytest.raises(FetchError) as caught:
        fetch(handler, url)
    return caught.value.reason


def test_an_answer_keeps_its_bytes_headers_and_addresses() -> None:
    snapshot = fetch(
        lambda _: httpx.Response(200, content=b"body", headers={"ETag": '"1"', "Content-Type": "Text/HTML; x"})
    )
    assert (snapshot.status, snapshot.body, snapshot.headers["etag"]) == (200, b"body", '"1"')
    assert snapshot.media_type == "text/html"
    assert snapshot.final_url == "https://a.example/page"


def test_redirects_are_followed_and_the_last_address_is_kept() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "a.example":
            return httpx.Response(301, headers={"Location": "https://b.example/new"})
        return httpx.Response(200, content=b"here")

    snapshot = fetch(handler)
    assert (snapshot.url, snapshot.final_url) == ("https://a.example/page", "https://b.example/new")


def test_a_redirect_loop_ends_with_a_reason() -> None:
    assert reason(lambda _: httpx.Response(302, headers={"Location": "/page"})) is Reason.TOO_MANY_REDIRECTS


def test_a_redirect_to_another_scheme_is_refused() -> None:
    assert reason(lambda _: httpx.Response(302, headers={"Location": "file:///etc/passwd"})) is Reason.FORBIDDEN_ADDRESS


def test_an_answer_over_the_size_cap_is_refused() -> None:
    assert reason(lambda _: httpx.Response(200, content=b"x" * 2_000)) is Reason.TOO_LARGE


def test_a_busy_host_is_asked_again() -> None:
    answers = iter([httpx.Response(503, headers={"Retry-After": "1"}), httpx.Response(429), httpx.Response(200)])
    assert fetch(lambda _: next(answers)).status == 200


def test_a_host_that_stays_busy_gives_its_last_answer() -> None:
    assert fetch(lambda _: httpx.Response(503)).status == 503


def test_an_error_status_is_an_answer_and_is_not_asked_again() -> None:
    calls: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        return httpx.Response(404)

    assert fetch(handler).status == 404
    assert len(calls) == 1


def test_validators_are_sent_and_a_304_is_an_answer() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(304 if request.headers.get("if-none-match") == '"1"' else 200)

    assert fetch(handler, validators={"If-None-Match": '"1"'}).status == 304


def test_what_robots_txt_forbids_is_not_read() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(200, text="User-agent: *\nDisallow: /private/")
        return httpx.Response(200, content=b"x")

    with pytest.raises(FetchError) as caught:
        run(handler, "https://a.example/private/notes")
    assert caught.value.reason is Reason.ROBOTS
    assert run(handler, "https://a.example/public").status == 200


def test_a_host_that_cannot_be_reached_has_that_reason() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert reason(handler) is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost:9/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.1.1/x"]
)
def test_addresses_of_the_machines_own_network_are_refused(url: str) -> None:
    async def go() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        async with Fetcher(QUICK, transport=transport, check_addresses=True) as fetcher:
            await fetcher.fetch(url)

    with pytest.raises(FetchError) as caught:
        asyncio.run(go())
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS
