import asyncio
import gzip
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import brotli
import httpx
import pytest

from ingest import hosts, retry
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


NO_ADDRESSES = (
    "http://[", "http://[::1", "//[", "http://a.example:x/", "http://a.example:99999/", "http://\u2100.example/",
    "http://xn--a.example/", "http://\u00ad/", "http://a\x7f.example/", "javascript:alert(1)",
)  # fmt: skip
TOO_LONG = f"http://a.example/{'a' * 70_000}"


@pytest.mark.parametrize("location", [*NO_ADDRESSES, TOO_LONG])
def test_a_redirect_to_what_is_no_address_is_refused(location: str) -> None:
    found = reason(lambda _: httpx.Response(302, headers=[(b"Location", location.encode())]))
    assert found in {Reason.FORBIDDEN_ADDRESS, Reason.UNREACHABLE}


@pytest.mark.parametrize("location", NO_ADDRESSES)
def test_a_stub_that_leads_to_what_is_no_address_is_refused(location: str) -> None:
    stub = f'<meta http-equiv=refresh content="0; url={location}">'
    assert reason(lambda _: httpx.Response(200, html=stub)) is Reason.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("url", [*NO_ADDRESSES, TOO_LONG, "http:///x", ""])
def test_what_is_no_address_is_not_asked(url: str) -> None:
    assert reason(lambda _: httpx.Response(200), url) is Reason.FORBIDDEN_ADDRESS


def test_a_validator_that_no_request_can_carry_is_left_out() -> None:
    asked: list[httpx.Headers] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers)
        return httpx.Response(200)

    fetch(handler, validators={"If-None-Match": '"\u00e9\u2603"', "If-Modified-Since": "Mon"})
    assert "if-none-match" not in asked[0]
    assert asked[0]["if-modified-since"] == "Mon"


@pytest.mark.parametrize("said", ["\u00b2", "9" * 5_000, "-1", " "])
def test_a_length_that_is_none_is_passed_over(said: str) -> None:
    answer = httpx.Response(200, headers=[(b"Content-Length", said.encode("latin-1"))], stream=httpx.ByteStream(b"x"))
    assert fetch(lambda _: answer).body == b"x"


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
    "url",
    ["http://127.0.0.1/", "http://localhost:9/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.1.1/x",
     "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/",
     "http://localhost./", "http://0/", "http://user@127.0.0.1/"],
)  # fmt: skip
def test_addresses_of_the_machines_own_network_are_refused(url: str) -> None:
    async def go() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        async with Fetcher(QUICK, transport=transport, check_addresses=True) as fetcher:
            await fetcher.fetch(url)

    with pytest.raises(FetchError) as caught:
        asyncio.run(go())
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS


@pytest.mark.parametrize(
    ("where", "public"),
    [
        ("93.184.216.34", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("::1", False),
        ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("64:ff9b::5db8:d822", True), ("::7f00:1", False), ("::ffff:0:127.0.0.1", False),
        ("64:ff9b:1::7f00:1", False), ("2606:4700::5efe:7f00:1", False), ("fec0::1", False), ("192.0.0.8", False),
        ("255.255.255.255", False), ("5f00::1", False), ("3fff::1", False),
    ],
)  # fmt: skip
def test_an_address_is_public_only_if_what_hides_in_it_is(where: str, public: bool) -> None:
    assert hosts.is_public(where) is public


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("example.org", True), ("1.1.1.1", True), ("example.org.", True), ("intranet", False), ("wiki.corp", False),
        ("127.0.0.1", False), ("10.1", False), ("0x7f.1", False), ("printer.local", False), ("::1", False),
    ],
)  # fmt: skip
def test_a_host_may_be_public_by_its_name(host: str, public: bool) -> None:
    assert hosts.is_public_name(host) is public


def test_behind_a_proxy_what_only_the_proxy_resolves_is_fetched_and_what_leads_home_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    pages = {"http://world.example/a": b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.5/\r\nContent-Length: 0\r\n\r\n"}
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nwords"

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        address = head.split()[1].decode()
        asked.append(address)
        missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        writer.write(missing if address.endswith("robots.txt") else pages.get(address, page))
        await writer.drain()
        writer.close()

    async def resolve(_loop: object, host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host == "10.0.0.5":
            return [(0, 0, 0, "", (host, 0))]
        raise socket.gaierror(-2, "Name or service not known")

    async def go() -> None:
        server = await asyncio.start_server(proxy, "127.0.0.1", 0)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "direct.example")
        async with server, Fetcher(QUICK, check_addresses=True) as fetcher:
            with monkeypatch.context() as patched:
                patched.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", resolve)
                wrong = {}
                for url in ("http://world.example/a", "http://wiki.corp/", "http://direct.example/"):
                    with pytest.raises(FetchError) as caught:
                        await fetcher.fetch(url)
                    wrong[url] = caught.value.reason
                found = await fetcher.fetch("http://world.example/b")
        assert found.body == b"words"
        assert list(wrong.values()) == [Reason.FORBIDDEN_ADDRESS, Reason.UNREACHABLE, Reason.UNREACHABLE]

    asyncio.run(go())
    assert set(asked) == {f"http://world.example/{name}" for name in ("robots.txt", "a", "b")}


def test_a_name_that_leads_home_once_it_is_connected_is_sent_no_request() -> None:
    asked: list[bytes] = []

    async def go() -> None:
        ended = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.read(1000))
            writer.close()
            await writer.wait_closed()
            ended.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, Fetcher(QUICK, check_addresses=True) as fetcher:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(FetchError) as caught:
                await fetcher._attempt(f"http://127.0.0.1:{port}/", {})  # past the name's check, as if it had changed
            await ended.wait()
        assert caught.value.reason is Reason.FORBIDDEN_ADDRESS

    asyncio.run(go())
    assert not any(asked)


class Stream(httpx.AsyncByteStream):
    """A body that comes in pieces, from a connection whose other end is known."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), 100):
            yield self.body[start : start + 100]


class Connection:
    def __init__(self, where: str) -> None:
        self.where = where

    def get_extra_info(self, name: str) -> object:
        return (self.where, 443) if name == "server_addr" else None


def test_a_name_that_leads_elsewhere_once_it_is_connected_is_refused() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        where = {"93.184.216.34": "93.184.216.34", "93.184.216.35": "127.0.0.1"}[request.url.host]
        status = 404 if request.url.path == "/robots.txt" else 200
        return httpx.Response(status, stream=Stream(b"secret"), extensions={"network_stream": Connection(where)})

    async def go(host: str) -> bytes:
        async with Fetcher(QUICK, transport=httpx.MockTransport(handler), check_addresses=True) as fetcher:
            return (await fetcher.fetch(f"http://{host}/x")).body

    assert asyncio.run(go("93.184.216.34")) == b"secret"
    with pytest.raises(FetchError) as caught:
        asyncio.run(go("93.184.216.35"))
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS


def test_a_redirect_into_the_machines_own_network_is_refused() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "http://169.254.169.254/latest/meta-data"})

    async def go() -> None:
        async with Fetcher(QUICK, transport=httpx.MockTransport(handler), check_addresses=True) as fetcher:
            await fetcher.fetch("http://93.184.216.34/x")

    with pytest.raises(FetchError) as caught:
        asyncio.run(go())
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS
    assert set(asked) == {"93.184.216.34"}


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", gzip.compress(b"\0" * 2**20)), ("gzip", b"x" * 2_000), ("", b"x" * 2_000)]
)
def test_what_is_too_large_as_it_comes_or_unpacked_is_refused(coding: str, body: bytes) -> None:
    headers = {"Content-Encoding": coding} if coding else {}
    assert reason(lambda _: httpx.Response(200, headers=headers, stream=Stream(body))) is Reason.TOO_LARGE


def test_a_coded_body_is_decoded() -> None:
    body = brotli.compress(gzip.compress(b"words"))
    answer = fetch(lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip, br"}, stream=Stream(body)))
    assert answer.body == b"words"


def test_a_page_that_has_moved_by_other_means_is_followed() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        stub = '<meta http-equiv="refresh" content="0; url=/new"><p>Moved.</p>'
        text = "here" if request.url.path == "/new" else stub
        return httpx.Response(200, text=text, headers={"content-type": "text/html"})

    snapshot = fetch(handler)
    assert (snapshot.body, snapshot.final_url) == (b"here", "https://a.example/new")


NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("", 0),
        ("-5", 0),
        ("\u00b2", 0),
        ("Thu, 99 Foo", 0),
        ("Thu, 01 Jan 0001 00:00:00 +2359", 0),
    ],
)
def test_a_host_says_how_long_to_wait_in_seconds_or_by_a_date(value: str, seconds: float) -> None:
    assert retry.retry_after({"retry-after": value}, now=NOW) == seconds


def test_one_host_is_asked_by_few_at_once_and_many_hosts_together() -> None:
    busy: dict[str, int] = defaultdict(int)
    most: dict[str, int] = defaultdict(int)

    async def handler(request: httpx.Request) -> httpx.Response:
        for name in (request.url.host, "all"):
            busy[name] += 1
            most[name] = max(most[name], busy[name])
        await asyncio.sleep(0.01)
        for name in (request.url.host, "all"):
            busy[name] -= 1
        return httpx.Response(404 if request.url.path == "/robots.txt" else 200)

    async def go() -> None:
        limits = Limits(host_delay=0, per_host=2, at_once=6)
        async with Fetcher(limits, transport=httpx.MockTransport(handler), check_addresses=False) as fetcher:
            await asyncio.gather(*(fetcher.fetch(f"https://{host}.example/{n}") for host in "abcd" for n in range(5)))

    asyncio.run(go())
    assert max(most[f"{host}.example"] for host in "abcd") == 2
    assert 2 < most["all"] <= 6
