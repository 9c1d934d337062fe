"""Pages that say nothing but where their content has gone: a redirect by other means.

Static sites cannot answer with a status, so a moved page is a stub with a `refresh` to the new address, often beside a
script that does the same. Only a stub is followed: a page that has something to read, or that reloads itself, is read.
"""

import html
import re

_STUB = 20_000  # bytes; the stubs of static site generators have a few hundred
_READ = 400  # characters of text from which a page is no stub
_SOON = 10  # seconds
_META = re.compile(rb"<meta\b[^<>]*+>", re.IGNORECASE)
_REFRESH = re.compile(rb"http-equiv\s*+=\s*+[\"']?refresh\b", re.IGNORECASE)
_CONTENT = re.compile(r"content\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_WHERE = re.compile(r"^\s*(\d{1,9})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'\s]+)", re.IGNORECASE)
_SCRIPT = re.compile(
    r"^\s*(?:window\.|document\.|self\.|top\.)*location(?:\.href)?\s*(?:=\s*|\.(?:replace|assign)\(\s*)([\"'])([^\"'\s]+)\1\s*\)?;?\s*$"
)
_OPENED = re.compile(rb"<script\b[^<>]*+>", re.IGNORECASE)
_CLOSED = re.compile(rb"</script", re.IGNORECASE)
_NOT_READ = re.compile(  # what is never closed goes on to the end, as in a browser
    rb"<(script|style|title|noscript)\b.*?(?:</\1>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*+>", re.IGNORECASE | re.DOTALL
)


def target(body: bytes) -> str:
    """The address that a stub sends its reader to, absolute or relative; empty for any other page."""
    if len(body) > _STUB or len(b" ".join(_NOT_READ.sub(b" ", body).split())) > _READ:
        return ""
    return _by_refresh(body) or _by_script(body)


def _by_refresh(body: bytes) -> str:
    for tag in _META.findall(body):
        content = _CONTENT.search(tag.decode("utf-8", "replace")) if _REFRESH.search(tag) else None
        found = _WHERE.match(html.unescape(content.group(1)[1:-1])) if content else None
        if found and int(found.group(1)) <= _SOON:
            return found.group(2)
    return ""


def _by_script(body: bytes) -> str:
    """Where the page's one script does nothing but go elsewhere."""
    scripts = [_CLOSED.split(opened)[0].decode("utf-8", "replace") for opened in _OPENED.split(body)[1:]]
    found = _SCRIPT.match(scripts[0]) if len(scripts) == 1 else None
    return found.group(2) if found else ""
