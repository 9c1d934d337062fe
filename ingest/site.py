"""Which links of a page are followed: those of the same site that lead to documents.

Used where the catalog says how deep to go. Only the listed page's own host is read, below the listed page's folder, and
never more than a few dozen pages: a course, not the web.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from ingest import address

MAX_PAGES = 60

_READABLE = frozenset({"", ".html", ".htm", ".md", ".pdf", ".php", ".aspx", ".txt", ".ipynb", ".pptx"})
_NOT_CONTENT = re.compile(
    r"/(?:log-?in|sign-?(?:in|up)|register|account|cart|search|tags?|categor(?:y|ies)|author|feed|rss|wp-admin|wp-json"
    r"|privacy|terms|cookies?|contact|subscribe|cdn-cgi)(?:/|$)",
    re.IGNORECASE,
)


def follow(links: Iterable[str], *, page: str, root: str) -> Iterator[str]:
    """The links of a page that belong to the same site, each once, in order.

    Args:
        links: As the page names them, absolute or relative.
        page: The page's own address.
        root: The listed address; what lies outside its folder is not followed.
    """
    seen = {address.key(page), address.key(root)}
    for link in links:
        url = _resolve(link, page=page)
        if url and address.key(url) not in seen and _inside(url, root):
            seen.add(address.key(url))
            yield url


def _resolve(link: str, *, page: str) -> str:
    try:
        url = urljoin(page, link.strip()).partition("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def _inside(url: str, root: str) -> bool:
    parts, top = urlsplit(url), urlsplit(root)
    if (parts.hostname or "").removeprefix("www.") != (top.hostname or "").removeprefix("www."):
        return False
    folder = top.path if top.path.endswith("/") else top.path.rpartition("/")[0] + "/"
    suffix = PurePosixPath(parts.path).suffix.lower()
    readable = suffix in _READABLE or suffix[1:].isdigit() or not suffix[1:].isalnum()
    return (parts.path or "/").startswith(folder) and readable and not _NOT_CONTENT.search(parts.path)
