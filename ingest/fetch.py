"""Fetching: the one place where the product reads from the network.

Polite and bounded: one identity, robots.txt (protego), a few requests a host at a time with a pause between them,
retries with backoff that honour Retry-After (stamina), caps on time, size (as it comes and decoded) and redirects, a
page that says nothing but where it has moved among them. Every hop's address is checked before it is asked and once it
is connected, so that a name which changes its mind in between gains nothing: a page must not be able to make us read
from the machine's own network. Where the user has set a proxy, the proxy resolves names, and the check does not apply;
for addresses that strangers give it does: what this machine resolves must be public, and what only the proxy resolves
must have a name of the public network.
"""

import asyncio
import contextlib
import re
import socket
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import stamina
from protego import Protego

from ingest import coding, refresh
from ingest.address import is_web, joined
from ingest.errors import FetchError
from ingest.hosts import is_public, is_public_name
from ingest.retry import retry_after
from ingest.types import Reason, Snapshot

USER_AGENT = "ninestep/0.1 (research library for machine-learning system design)"

stamina.instrumentation.set_on_retry_hooks([])  # retries are told by their outcome, not on standard error

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 502, 503, 504})
_LENGTH = re.compile(r"[0-9]{1,18}")
_CODINGS = "gzip, deflate, br, zstd"
_DEAD_NETWORK_AFTER = 6  # hosts that cannot be reached before any was: there is no network


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one fetch. Seconds and bytes."""

    seconds: float = 60.0
    connect_seconds: float = 10.0
    size: int = 64 * 2**20
    redirects: int = 8
    attempts: int = 3
    at_once: int = 12
    per_host: int = 2
    host_delay: float = 0.5
    retry_after: float = 20.0


@dataclass(slots=True)
class _Host:
    """What is remembered of a host during a run."""

    gate: asyncio.Semaphore
    robots: Protego | None = None
    asked_robots: bool = False
    free_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fetcher:
    """Fetches addresses; an async context manager.

    Args:
        limits: The caps.
        transport: Another way to send requests, for tests; None uses the network and the environment's proxies.
        check_addresses: Refuse private, loopback and link-local addresses. None does so unless the user has set a
            proxy; True also behind one, as far as names can tell.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        check_addresses: bool | None = None,
    ) -> None:
        self._limits = limits or Limits()
        timeout = httpx.Timeout(self._limits.seconds, connect=self._limits.connect_seconds)
        self._client = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT, "Accept-Language": "en", "Accept-Encoding": _CODINGS},
            timeout=timeout,
            transport=transport,
        )
        self._check = not _proxied() if check_addresses is None else check_addresses
        self._gate = asyncio.Semaphore(self._limits.at_once)
        self._hosts: dict[str, _Host] = defaultdict(lambda: _Host(asyncio.Semaphore(self._limits.per_host)))
        self._unreachable: set[str] = set()
        self._reached = False

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def fetch(self, url: str, *, validators: Mapping[str, str] | None = None) -> Snapshot:
        """Fetch an address, following redirects.

        Args:
            url: An http or https address.
            validators: If-None-Match and If-Modified-Since of an earlier answer; a 304 is then a possible answer.

        Raises:
            FetchError: If no answer came; the reason says why. An answer with an error status is an answer.
        """
        async with self._gate:
            try:
                async with asyncio.timeout(self._limits.seconds * self._limits.attempts):
                    return await self._follow(url, validators or {})
            except TimeoutError as error:
                raise FetchError(f"{url} took too long to answer", reason=Reason.TIMEOUT) from error

    async def _follow(self, url: str, validators: Mapping[str, str]) -> Snapshot:
        address = url
        for _ in range(self._limits.redirects + 1):
            await self._permit(address)
            response, body = await self._send(address, validators)
            location = _location(response, body)
            if not location:
                return _snapshot(url, address, response, body)
            address = joined(address, location) or location
        message = f"{url} redirects more than {self._limits.redirects} times"
        raise FetchError(message, reason=Reason.TOO_MANY_REDIRECTS)

    async def _permit(self, address: str) -> None:
        if not _can_be_asked(address):
            raise FetchError(f"{address[:200]!r} is not an http(s) address", reason=Reason.FORBIDDEN_ADDRESS)
        if self._check:
            await self._refuse_private(urlsplit(address).hostname or "", address)
        await self._obey_robots(address)

    async def _refuse_private(self, host: str, address: str) -> None:
        if self._no_network():
            raise FetchError(f"{host} cannot be reached: there is no network", reason=Reason.UNREACHABLE)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host.rstrip("."), None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            if _goes_by_proxy(address) and is_public_name(host):
                return  # in a network where only the proxy knows the world outside
            self._unreachable.add(host)
            raise FetchError(f"{host} cannot be found: {error}", reason=Reason.UNREACHABLE) from error
        for *_, where in found:
            _refuse_unless_public(str(where[0]), address)

    def _no_network(self) -> bool:
        return not self._reached and len(self._unreachable) >= _DEAD_NETWORK_AFTER

    async def _obey_robots(self, address: str) -> None:
        parts = urlsplit(address)
        host = self._hosts[parts.netloc]
        async with host.lock:
            if not host.asked_robots:
                host.robots = await self._robots(f"{parts.scheme}://{parts.netloc}/robots.txt")
                host.asked_robots = True
        if host.robots is not None and not host.robots.can_fetch(address, USER_AGENT):
            raise FetchError(f"{parts.netloc} asks robots not to read {address}", reason=Reason.ROBOTS)

    async def _robots(self, address: str) -> Protego | None:
        """A host's robots.txt, or None where there is none; a host that cannot be reached says so later."""
        try:
            response, body = await self._attempt(address, {})
        except FetchError:
            return None
        if response.status_code != 200:
            return None
        return Protego.parse(body[:500_000].decode("utf-8", "replace"))

    async def _send(self, address: str, validators: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        """Send a request, again after a pause where the host was busy."""
        async for attempt in stamina.retry_context(
            on=_worth_another_try, attempts=self._limits.attempts, wait_initial=0.5, wait_max=5.0, timeout=None
        ):
            with attempt:
                response, body = await self._attempt(address, validators)
                if response.status_code in _BUSY and attempt.num < self._limits.attempts:
                    pause = retry_after(response.headers, now=datetime.now(UTC))
                    await asyncio.sleep(min(pause, self._limits.retry_after))
                    raise _BusyError
        return response, body

    async def _attempt(self, address: str, validators: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        host = urlsplit(address).netloc
        if self._no_network():
            raise FetchError(f"{host} cannot be reached: there is no network", reason=Reason.UNREACHABLE)
        try:
            asked = self._client.stream("GET", address, headers=_sendable(validators), extensions=self._watch(address))
            async with self._turn(host), asked as response:
                if self._check and not _goes_by_proxy(address):
                    _refuse_unless_public(_peer(response), address)
                body = await self._body(address, response)
        except httpx.TimeoutException as error:
            self._unreachable.add(host)
            raise FetchError(f"{host} did not answer in time", reason=Reason.TIMEOUT) from error
        except httpx.HTTPError as error:
            self._unreachable.add(host)
            message = f"{host} cannot be reached: {error or type(error).__name__}"
            raise FetchError(message, reason=Reason.UNREACHABLE) from error
        except (httpx.InvalidURL, ValueError) as error:  # httpx looks at a Location before it hands out the answer
            message = f"{address[:200]} redirects to what is no address ({error})"
            raise FetchError(message, reason=Reason.FORBIDDEN_ADDRESS) from error
        self._reached = True
        return response, body

    def _watch(self, address: str) -> dict[str, Any]:
        """Have a connection checked as soon as it stands, before a byte of the request is sent over it."""

        async def connected(event: str, about: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                stream = about["return_value"]
                try:
                    _refuse_unless_public(str(stream.get_extra_info("server_addr")[0]), address)
                except FetchError:
                    await stream.aclose()  # httpcore does not know of it yet
                    raise

        return {"trace": connected} if self._check and not _goes_by_proxy(address) else {}

    async def _body(self, address: str, response: httpx.Response) -> bytes:
        """The decoded body; both what comes over the wire and what it unpacks to are capped."""
        body = bytearray()
        too_large = FetchError(f"{address} is larger than {self._limits.size / 2**20:.3g} MB", reason=Reason.TOO_LARGE)
        declared = response.headers.get("content-length", "")
        if _LENGTH.fullmatch(declared) and int(declared) > self._limits.size:
            raise too_large
        if response.is_stream_consumed:  # a transport that hands out whole answers has decoded them
            return response.content
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self._limits.size:
                raise too_large
        codings = response.headers.get("content-encoding", "")
        try:
            return await asyncio.to_thread(coding.decoded, bytes(body), codings, cap=self._limits.size)
        except coding.TooLargeError:
            raise too_large from None

    @contextlib.asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn at a host: few at once, a pause between them."""
        host = self._hosts[name]
        async with host.gate:
            clock = asyncio.get_running_loop().time
            pause = host.free_at - clock()
            host.free_at = max(host.free_at, clock()) + self._limits.host_delay
            if pause > 0:
                await asyncio.sleep(pause)
            yield


class _BusyError(Exception):
    """The host asked to come back later."""


def _worth_another_try(error: Exception) -> bool:
    if isinstance(error, _BusyError):
        return True
    cause = error.__cause__
    unresolved = isinstance(cause, httpx.ConnectError)
    return isinstance(error, FetchError) and error.reason in {Reason.UNREACHABLE, Reason.TIMEOUT} and not unresolved


def _can_be_asked(address: str) -> bool:
    """Whether both urllib, which judges addresses here, and httpx, which asks them, can read one."""
    try:
        return is_web(address) and bool(httpx.URL(address).host)
    except (httpx.InvalidURL, ValueError):
        return False


def _sendable(validators: Mapping[str, str]) -> dict[str, str]:
    """Validators without those that no request can carry; a host may have named any bytes as its ETag."""
    return {name: value for name, value in validators.items() if value.isascii() and value.isprintable()}


def _location(response: httpx.Response, body: bytes) -> str:
    """Where an answer sends its reader; empty where it is meant to be read."""
    if response.status_code in _REDIRECTS:
        return str(response.headers.get("location", ""))
    if response.status_code == 200 and "html" in response.headers.get("content-type", ""):
        return refresh.target(body)
    return ""


def _peer(response: httpx.Response) -> str:
    """The address that a connection has at its other end; empty where there is no connection."""
    stream = response.extensions.get("network_stream")
    where = stream.get_extra_info("server_addr") if stream is not None else None
    return str(where[0]) if where else ""


def _refuse_unless_public(where: str, address: str) -> None:
    if where and not is_public(where):
        message = f"{address} leads to {where}, which is not a public address"
        raise FetchError(message, reason=Reason.FORBIDDEN_ADDRESS)


def _snapshot(url: str, final_url: str, response: httpx.Response, body: bytes) -> Snapshot:
    return Snapshot(
        url=url,
        final_url=final_url,
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
        fetched_at=datetime.now(UTC),
    )


def _proxied() -> bool:
    proxies = urllib.request.getproxies()
    return "http" in proxies or "https" in proxies or "all" in proxies


def _goes_by_proxy(address: str) -> bool:
    """Whether the user's proxy is asked for an address, and not its host."""
    parts = urlsplit(address)
    proxies = urllib.request.getproxies()
    return bool({parts.scheme, "all"} & proxies.keys()) and not urllib.request.proxy_bypass(parts.hostname or "")
