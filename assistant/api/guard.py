"""What stands before every route and page: request ids, Host and Origin checks, keys, rates, headers, the access log.

A plain ASGI application around another one: it sees each request first and its answer last, whichever part of the
server gave it. Keys come as `Authorization: Bearer`; a browser may send one as the password of Basic.
"""

import asyncio
import base64
import logging
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from pyrate_limiter import Rate
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api import problems, schemas
from assistant.api.core import Policy
from assistant.api.metrics import Metrics
from assistant.api.unanswered import PROGRAMS
from assistant.api.uploads import MAX_FILE
from assistant.errors import KeyStoreError
from assistant.keys import Key, KeyRing
from assistant.keys import Scope as Right
from assistant.rates import Windows, parse

BODY_SECONDS = 15.0  # a body is at most a quarter megabyte; slower than that is no honest client
FILE_SECONDS = 120.0  # 32 MiB over 2 Mbit/s
UPLOAD = "/v1/ingest/file"

_ACCESS = logging.getLogger("ninestep.access")
_GIVEN_ID = re.compile(r"[\w.-]{1,64}")
_LENGTH = re.compile(r"[0-9]{1,12}")
_OPEN = frozenset({"/healthz", "/readyz"})  # probes carry no keys, and learn nothing here
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WRONG_KEYS = parse("20/minute")  # from one address; a key has 256 bits, so this only keeps the log short

_CLOSE = {"Connection": "close"}  # what is left of the body is not worth reading
_LINGER = 0.5  # seconds
_THROWN_AWAY = 4 * 2**20  # bytes

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Gradio's page and the documentation run inline scripts and compile templates; all of it stays on this origin.
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
}
_PROGRAM_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request is not let in; carries what it is told."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})


@dataclass(slots=True)
class _Visit:
    """One request on its way."""

    scope: Scope
    id: str
    started: float
    status: int = 500
    key: str = ""
    answered: bool = False
    more: dict[str, str] = field(default_factory=dict)


class Guard:
    """Lets requests through to an application, or refuses them.

    Args:
        app: What is guarded.
        policy: How strictly.
        keys: Who may come in.
        metrics: Learns of every answer.
    """

    def __init__(self, app: ASGIApp, *, policy: Policy, keys: KeyRing, metrics: Metrics) -> None:
        self._app = app
        self._policy = policy
        self._keys = keys
        self._metrics = metrics
        self._windows = Windows()
        self._rates: dict[str, Rate] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._visit(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it
        else:
            await self._app(scope, receive, send)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        visit = _Visit(scope, _id(headers), time.perf_counter())
        scope["ninestep.request_id"] = visit.id

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.answered, visit.status = True, message["status"]
                self._complete(MutableHeaders(scope=message), visit)
            await send(message)

        try:
            self._admit(scope, headers, visit)
            await self._app(scope, _bounded(scope, receive), answer)
        except Refusal as refusal:
            await _throw_away(headers, receive)
            await self._refuse(visit, refusal.status, str(refusal), receive, answer, headers=refusal.headers)
        except HTTPException as error:
            await self._refuse(visit, error.status_code, str(error.detail), receive, answer, headers=error.headers)
        except Exception:  # the outermost place: whatever failed inside is logged whole and answered with a clear 500
            logging.getLogger("ninestep.api").exception("a request failed", extra={"request_id": visit.id})
            await self._refuse(visit, 500, "this failed; the server's log says why", receive, answer)
        finally:
            self._record(visit)

    async def _refuse(
        self,
        visit: _Visit,
        status: int,
        detail: str,
        receive: Receive,
        send: Send,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if visit.answered:
            return
        response = problems.response(status, detail, request_id=visit.id, headers=headers)
        if visit.scope["path"].startswith(("/v1/chat", "/v1/models")):
            response = problems.as_openai(response)
        await response(visit.scope, receive, send)

    def _admit(self, scope: Scope, headers: Headers, visit: _Visit) -> None:
        """Pass, or raise Refusal."""
        self._check_host(headers)
        self._check_origin(scope, headers)
        _check_length(headers, most=_most(scope))
        if scope["path"] in _OPEN or _is_preflight(scope, headers):
            return
        key = self._key(scope, headers)
        if key is None:
            return
        visit.key = scope["ninestep.key"] = key.id
        _check_right(scope, key)
        self._count(key, visit)

    def _check_host(self, headers: Headers) -> None:
        name = _split(f"//{headers.get('host', '')}").hostname or ""
        if self._policy.hosts and name not in self._policy.hosts:
            raise Refusal(421, f"this server is not {name[:80]!r}; NINESTEP_HOSTS lists the names that it answers to")

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """A page of another site may not make this browser's user act here, nor reach /mcp at all."""
        origin = headers.get("origin")
        if origin is None or origin in self._policy.origins:
            return
        is_own = _split(origin).netloc == headers.get("host", "")
        if not is_own and (scope["method"] not in _SAFE or scope["path"].startswith("/mcp")):
            raise Refusal(403, "pages of other sites may not call this server; NINESTEP_ORIGINS lists those that may")

    def _key(self, scope: Scope, headers: Headers) -> Key | None:
        """The key of a request; None where none is needed."""
        presented = _presented(headers)
        try:
            key = self._keys.find(presented) if presented else None
            is_wanted = self._policy.keys_required or (bool(presented) and bool(self._keys))
        except KeyStoreError as error:
            raise Refusal(503, str(error)) from error
        if key is None and is_wanted:
            self._turn_away(scope, presented=presented)
        return key

    def _turn_away(self, scope: Scope, *, presented: str) -> None:
        client = (scope.get("client") or ("unknown", 0))[0]
        if presented and not self._windows.hit(_WRONG_KEYS, f"wrong {client}"):
            raise Refusal(429, "too many wrong keys from this address; wait a minute", {"Retry-After": "60"})
        scheme = "Bearer" if scope["path"].startswith(PROGRAMS) else "Basic"
        detail = "this key is not known" if presented else "this server wants an API key"
        how = "send `Authorization: Bearer <key>`; `ninestep keys add NAME` makes one where the server runs"
        raise Refusal(401, f"{detail}; {how}", {"WWW-Authenticate": f'{scheme} realm="ninestep"'})

    def _count(self, key: Key, visit: _Visit) -> None:
        """One more request of a key, if its rate allows it."""
        written = key.rate or self._policy.rate
        rate = self._rate(written)
        allowed = self._windows.hit(rate, f"key {key.id}")
        left, seconds = self._windows.left(rate, f"key {key.id}")
        wait = max(1, round(seconds))
        visit.more = {"RateLimit": f'"key";r={left};t={wait}', "RateLimit-Policy": f'"key";q={rate.limit}'}
        if not allowed:
            raise Refusal(429, f"this key may make {written}; wait {wait} s", {"Retry-After": str(wait)})

    def _rate(self, text: str) -> Rate:
        if text not in self._rates:
            self._rates[text] = parse(text)
        return self._rates[text]

    def _complete(self, headers: MutableHeaders, visit: _Visit) -> None:
        headers["X-Request-ID"] = visit.id
        kind = _PROGRAM_HEADERS if visit.scope["path"].startswith(PROGRAMS) else _PAGE_HEADERS
        own = _HEADERS | kind | visit.more
        for name, value in own.items():
            headers.setdefault(name, value)

    def _record(self, visit: _Visit) -> None:
        seconds = time.perf_counter() - visit.started
        route = _route(visit.scope)
        self._metrics.request(visit.scope["method"], route, visit.status, seconds)
        if not _ACCESS.isEnabledFor(logging.INFO):
            return
        line = {
            "request_id": visit.id,
            "method": visit.scope["method"],
            "route": route,
            "status": visit.status,
            "milliseconds": round(seconds * 1000, 1),
            "key": visit.key,
        }
        asked = visit.scope.get("ninestep.question")
        _ACCESS.info("request", extra=line | ({"question": asked} if asked else {}))


def _id(headers: Headers) -> str:
    """The client's own id where it is a plain one, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)


def _check_right(scope: Scope, key: Key) -> None:
    """Looking at jobs takes any key, which sees its own alone; starting and ending them takes the scope ingest."""
    path = scope["path"]
    if path.startswith("/v1/jobs") and scope["method"] in _SAFE:
        return
    right = Right.INGEST if path.startswith(("/v1/ingest", "/v1/jobs")) else Right.READ
    if right not in key.scopes:
        held = ", ".join(key.scopes)
        raise Refusal(403, f"this key may {held}, not {right}; `ninestep keys add --scope {right}` makes one")


def _route(scope: Scope) -> str:
    """The template of the route that answered; addresses that nothing answered share one name."""
    path = getattr(scope.get("route"), "path", "")
    if path:
        return str(path)
    return "page" if not scope["path"].startswith(PROGRAMS) else "unknown"


def _split(address: str) -> SplitResult:
    """The parts of an address; none of what is no address."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


def _presented(headers: Headers) -> str:
    """The key that a request carries, or nothing."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:  # neither base64 nor text; a header may hold any byte
        return "not a key"


def _most(scope: Scope) -> int:
    """How many bytes a body may have."""
    return MAX_FILE if scope["path"] == UPLOAD else schemas.MAX_BODY


def _check_length(headers: Headers, *, most: int) -> None:
    said = headers.get("content-length", "0")
    if not _LENGTH.fullmatch(said) or int(said) > most:
        raise Refusal(413, _too_large(most), headers=_CLOSE)


def _too_large(most: int) -> str:
    return f"the body is larger than {most // 1024} KiB, which is the most that is read here"


async def _throw_away(headers: Headers, receive: Receive) -> None:
    """Read on for a moment: a connection that is closed over unread bytes is reset, and the answer lost with them.

    A client that waits to be asked for its body is not asked.
    """
    left = _THROWN_AWAY if "expect" not in headers else 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER):
            while left > 0:
                message = await receive()
                left = left - len(message.get("body", b"")) if message.get("more_body") else 0


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """The same messages, but a body that is too large or trickles in is cut off."""
    most, seconds = _most(scope), FILE_SECONDS if scope["path"] == UPLOAD else BODY_SECONDS
    until = asyncio.get_running_loop().time() + seconds
    complete = False
    size = 0

    async def receive_bounded() -> Message:
        nonlocal complete, size
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError as error:
            detail = f"the body took longer than {seconds:g} seconds to arrive"
            raise HTTPException(408, detail, headers=_CLOSE) from error
        size += len(message.get("body", b""))
        if size > most:
            await _throw_away(Headers(scope=scope), receive)
            raise HTTPException(413, _too_large(most), headers=_CLOSE)
        complete = not message.get("more_body", False)
        return message

    return receive_bounded
