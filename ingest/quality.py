"""Whether what came back is the source, or a wall, an error page, another page or a shell in its place.

Four questions: what the status says, what the page is (`ingest.walls`), where a redirect led, and whether the page is
the work that the catalog names. Each refusal carries a typed reason.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from ingest import address, misfit, walls
from ingest.errors import ExtractError
from ingest.retry import retry_after
from ingest.types import Reason, Snapshot, Source, SourceKind

_STATUS = {
    401: Reason.LOGIN_WALL,
    402: Reason.PAYWALL,
    404: Reason.NOT_FOUND,
    407: Reason.LOGIN_WALL,
    410: Reason.GONE,
    429: Reason.RATE_LIMIT,
    451: Reason.GONE,
    999: Reason.BOT_WALL,  # LinkedIn's own
}
_TOLD_BY_WORDS = frozenset({403, 405, 406, 429, 503})
_CHALLENGES = ("cf-mitigated", "x-amzn-waf-action", "x-datadome", "x-px-block", "x-sucuri-block")
_CHALLENGED = frozenset({200, 202, 403, 405, 429, 503})

_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "behind", "by", "can", "did", "do", "does", "for", "from", "get", "has",
     "have", "how", "in", "inside", "into", "is", "it", "its", "more", "new", "of", "on", "or", "our", "part", "than",
     "that", "the", "their", "this", "to", "under", "up", "using", "via", "was", "we", "what", "when", "where", "which",
     "who", "why", "with", "you", "your", "html", "htm", "php", "aspx", "index", "post", "blog", "article", "articles",
     "news", "story", "page", "pages", "home", "default", "view", "show"}
)  # fmt: skip
_CHECKED_KINDS = {
    SourceKind.BLOG: 0.5,
    SourceKind.PAPER: 0.5,
    SourceKind.SLIDES: 0.5,
    SourceKind.VIDEO: 0.34,
    SourceKind.COURSE: 0.34,
    SourceKind.BOOK: 0.34,
    SourceKind.HOMEPAGE: 0.01,
}
_FOREIGN = 0.7  # share of the title's words that a page on an unknown host has at its beginning
_FEWEST = 20  # letters; the shortest true documents of nine repositories have 50 to 60, a page that is to be written 3
_BEGINNING = 3_000  # characters
_HOME = frozenset({"", "en", "en-us", "us", "home", "index.html", "index.htm", "index.php", "default.aspx"})
_ARCHIVED = re.compile(r"^https?://web\.archive\.org/web/\w+/(?=https?:)")
_SECOND_LEVEL = frozenset({"co", "com", "ac", "org", "net", "gov", "edu", "or", "ne", "go"})
_HOSTING = (
    "github.io", "gitlab.io", "blogspot.com", "wordpress.com", "substack.com", "medium.com", "netlify.app", "pages.dev",
    "vercel.app", "herokuapp.com", "readthedocs.io", "web.app", "tumblr.com", "weebly.com", "wixsite.com",
)  # fmt: skip


def check_status(snapshot: Snapshot) -> None:
    """Refuse a response that is an error by its status, or a challenge by its headers.

    Raises:
        ExtractError: With the reason that the status stands for.
    """
    challenged = snapshot.status in _CHALLENGED and _is_challenge(snapshot)
    if snapshot.status < 400 and not challenged:
        return
    by_words = _told(snapshot) if snapshot.status in _TOLD_BY_WORDS else None
    reason = Reason.BOT_WALL if challenged else by_words or _STATUS.get(snapshot.status, Reason.HTTP_ERROR)
    wait = retry_after(snapshot.headers, now=snapshot.fetched_at)
    raise ExtractError(f"{snapshot.final_url} answered {snapshot.status}", reason=reason, wait=wait)


def check_page(snapshot: Snapshot, *, markup: str, title: str, text: str) -> None:
    """Refuse a page that is a wall, an error page or a shell.

    Args:
        snapshot: The response.
        markup: The page's HTML.
        title: As it was extracted.
        text: Its main text; empty where there is none.

    Raises:
        ExtractError: With the reason; a page of more than 6,000 characters always passes.
    """
    if len(text) > walls.LONGEST:
        return
    reason = walls.judge(walls.of_page(markup, title=title, text=text, place=_place(snapshot)))
    if reason is None:
        urls = (_origin(snapshot.url), _origin(snapshot.final_url))
        reason = misfit.judge(markup, urls=urls, title=title, text=text)
    _refuse(reason, snapshot.final_url, length=len(text))


def check_plain(snapshot: Snapshot, *, text: str) -> None:
    """Refuse a plain text that says nothing but that there is nothing.

    Raises:
        ExtractError: With the reason.
    """
    reason = walls.judge(walls.of_text(text)) if len(text) <= _BEGINNING else None
    if reason is not Reason.EMPTY:
        _refuse(reason, snapshot.final_url, length=len(text))


def check_length(text: str, *, url: str) -> None:
    """Refuse a text of a few letters, such as "TBD": nothing can be answered from it.

    Raises:
        ExtractError: With the reason that it is empty.
    """
    letters = walls.characters("".join(filter(str.isalnum, text[:_BEGINNING])))
    if letters < _FEWEST:
        raise ExtractError(f"{url} holds {letters} letters of text, too few to say anything", reason=Reason.EMPTY)


def check_place(snapshot: Snapshot, source: Source, *, title: str, text: str) -> None:
    """Refuse a home page or a table of contents to which a lost page is redirected.

    A page above the one that was asked for is not it, unless it has the words of its title: works move to sites of
    their own.

    Raises:
        ExtractError: If it is such a page.
    """
    asked, came = _origin(snapshot.url), _origin(snapshot.final_url)
    if address.key(asked) == address.key(came) or not _is_above(came, asked):
        return
    wanted = _words(source.title) or _words(_slug(asked))
    if len(wanted) < 2 or _share(wanted, f"{title}\n{text[:_BEGINNING]}") >= 0.6:
        return
    message = f"{asked} leads to {came}, which is a page above it and not the work"
    raise ExtractError(message, reason=Reason.SOFT_404)


def check_identity(source: Source, *, title: str, text: str, url: str) -> None:
    """Refuse a page that is not the work that the catalog names: spun and parked copies exist.

    Raises:
        ExtractError: If words that every true copy holds are missing; on a host that the catalog does not know, also if
            the page does not begin with the work's title or names neither its authors nor its organisation.
    """
    whole = f"{title}\n{text}"
    missing = [word for word in source.title_words if word.casefold() not in f"{title}\n{text[:5_000]}".casefold()]
    if missing:
        message = f"{url} does not look like {source.title!r}: it never says {', '.join(missing)}"
        raise ExtractError(message, reason=Reason.WRONG_CONTENT)
    wanted = _words(source.title)
    found = _share(wanted, whole)
    if wanted and found < _CHECKED_KINDS.get(source.kind, 0.0):
        message = f"{url} does not look like {source.title!r}: it has {found:.0%} of that title's words"
        raise ExtractError(message, reason=Reason.WRONG_CONTENT)
    if wanted and source.kind in _CHECKED_KINDS and not _is_known_host(url, source):
        _check_stranger(source, wanted, title=title, text=text, url=url)


def _check_stranger(source: Source, wanted: Sequence[str], *, title: str, text: str, url: str) -> None:
    if _share(wanted, f"{title}\n{text[:_BEGINNING]}") < _FOREIGN:
        message = f"{url} is on a host that the catalog does not know and does not begin with {source.title!r}"
        raise ExtractError(message, reason=Reason.WRONG_CONTENT)
    names = [name for author in source.authors for name in author.split()[-1:]] + _WORD.findall(source.organisation)
    if names and not any(re.search(rf"\b{re.escape(name)}\b", f"{title}\n{text}", re.IGNORECASE) for name in names):
        message = f"{url} is on a host that the catalog does not know and names neither {' nor '.join(names)}"
        raise ExtractError(message, reason=Reason.WRONG_CONTENT)


def _refuse(reason: Reason | None, url: str, *, length: int) -> None:
    if reason is Reason.EMPTY:
        raise ExtractError(f"{url} holds {length} characters of text, too few to be the source", reason=reason)
    if reason is Reason.JAVASCRIPT_SHELL:
        raise ExtractError(f"{url} is a shell that a script fills in", reason=reason)
    if reason is not None:
        raise ExtractError(f"{url} shows a {reason.value} in place of the page", reason=reason)


def _is_challenge(snapshot: Snapshot) -> bool:
    answered = [snapshot.headers.get(name, "").lower() for name in _CHALLENGES]
    return any(value and value not in {"0", "false", "none"} for value in answered) and len(snapshot.body) < 100_000


def _told(snapshot: Snapshot) -> Reason | None:
    """What an error page says of itself, where the status alone leaves it open."""
    markup = snapshot.body[:200_000].decode("utf-8", "replace")
    found = walls.judge(walls.of_page(markup, title="", text="", place=""))
    return found if found in {Reason.BOT_WALL, Reason.LOGIN_WALL, Reason.PAYWALL, Reason.RATE_LIMIT} else None


def _place(snapshot: Snapshot) -> str:
    """Host and path of the last redirect's target; empty where there was none."""
    asked, came = _origin(snapshot.url), _origin(snapshot.final_url)
    if address.key(asked) == address.key(came):
        return ""
    parts = address.split(came)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path}"


def _origin(url: str) -> str:
    """The address of which the Wayback Machine keeps a copy, or the address itself."""
    return _ARCHIVED.sub("", url)


def _is_above(came: str, asked: str) -> bool:
    """Whether an address is a home page, or a folder on the way to the one that was asked for."""
    high, low = address.split(came), address.split(asked)
    path, below = high.path.strip("/").lower(), low.path.strip("/").lower()
    if below in _HOME or high.query:
        return False
    if path in _HOME:
        return True
    return _site(came) == _site(asked) and below.startswith(f"{path}/")


def _slug(url: str) -> str:
    return unquote(address.split(url).path.rstrip("/").rpartition("/")[2])


def _words(text: str) -> list[str]:
    """The words of a title that tell it from others."""
    words = dict.fromkeys(word for word in _WORD.findall(text.casefold()) if word not in _COMMON)
    return [word for word in words if len(word) > 1 and not word.isdigit()]


def _share(words: Sequence[str], text: str) -> float:
    """Share of words that a text has, their endings aside; 1 where there are none."""
    folded = text.casefold()
    return sum(_stem(word) in folded for word in words) / len(words) if words else 1.0


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 3)]


def _is_known_host(url: str, source: Source) -> bool:
    listed = [source.url, *source.alternates]
    known = {_site(one) for base in listed for one in (base, *address.sources_of(base), *address.moves(base))}
    return _site(_origin(url)) in known


def _site(url: str) -> str:
    """The part of a host that one owner has: example.co.uk of www.blog.example.co.uk, me.github.io."""
    labels = (address.split(url).hostname or "").lower().split(".")
    return ".".join(labels[-_owned(labels) :])


def _owned(labels: Sequence[str]) -> int:
    host = ".".join(labels)
    if _ends(host, _HOSTING) or (len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL):
        return 3
    return 2


def _ends(host: str, suffixes: Iterable[str]) -> bool:
    return any(host.endswith(f".{suffix}") for suffix in suffixes)
