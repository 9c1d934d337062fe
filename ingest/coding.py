"""Content codings undone under a cap: gzip, deflate, br and zstd, one within the other if need be.

A few kilobytes can claim to be terabytes, so every step stops at the cap instead of finding out. Streams that end early
give what they hold, as browsers do; bytes that are not in the coding that was named are left as they are, because
archives often keep a body decoded and its header as it was.
"""

import io
import zlib
from collections.abc import Callable, Iterable

MAX_CODINGS = 4  # more are an attack; real answers have one, rarely two


class TooLargeError(Exception):
    """What was decoded is larger than the cap."""


def decoded(body: bytes, codings: str, *, cap: int) -> bytes:
    """Undo the content codings of a body.

    Args:
        body: As it came.
        codings: The value of Content-Encoding: names in the order in which they were applied.
        cap: Bytes that the outcome of each step may have.

    Raises:
        TooLargeError: If a step gives more than that.
    """
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    if len(names) > MAX_CODINGS:
        raise TooLargeError(f"{len(names)} codings within each other")
    for name in reversed(names):
        undo = _UNDO.get(name)
        if undo is not None and body:
            body = undo(body, cap)
    return body


def _gzip(body: bytes, cap: int) -> bytes:
    return _inflated(body, cap, windows=(31,))


def _deflate(body: bytes, cap: int) -> bytes:
    """Deflate with the zlib wrapping that the standard wants, or bare, as many servers send it."""
    return _inflated(body, cap, windows=(15, -15))


def _inflated(body: bytes, cap: int, *, windows: Iterable[int]) -> bytes:
    for window in windows:
        try:
            return _members(body, cap, window)
        except zlib.error:
            continue
    return body


def _members(body: bytes, cap: int, window: int) -> bytes:
    """All members of a stream one after the other; what stands behind the last and is none is passed over."""
    whole = bytearray()
    while body:
        stream = zlib.decompressobj(window)
        try:
            whole += stream.decompress(body, cap + 1 - len(whole))
        except zlib.error:
            if not whole:
                raise
            break
        if len(whole) > cap or stream.unconsumed_tail:
            raise TooLargeError("the decoded body is larger than the cap")
        if not whole and not stream.eof:
            raise zlib.error("not a whole block")
        body = stream.unused_data if window == 31 else b""
    return bytes(whole)


def _brotli(body: bytes, cap: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    whole = bytearray()
    try:
        whole += stream.process(body, output_buffer_limit=cap + 1)
        while len(whole) <= cap and not stream.is_finished() and not stream.can_accept_more_data():
            whole += stream.process(b"", output_buffer_limit=cap + 1 - len(whole))
    except brotli.error:
        return bytes(whole) or body
    if len(whole) > cap:
        raise TooLargeError("the decoded body is larger than the cap")
    return bytes(whole) if whole or stream.is_finished() else body


def _zstd(body: bytes, cap: int) -> bytes:
    import zstandard

    whole = bytearray()
    try:
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True) as stream:
            while len(whole) <= cap and (piece := stream.read(65_536)):
                whole += piece
    except zstandard.ZstdError:
        return bytes(whole) or body
    if len(whole) > cap:
        raise TooLargeError("the decoded body is larger than the cap")
    return bytes(whole)


_UNDO: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
