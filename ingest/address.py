"""Addresses: which of them name the same page, where a work's bytes are really to be had, and links to a place in one.

Two addresses with one `key` are one page. The key leaves out what does not matter (scheme, www, case of the host,
default port, final slash, fragment, tracking parameters, order of the query) and knows that a video is its id, wherever
in the address the id stands.

Addresses come from pages, archives and callers, so any of them may be none at all ("http://[", "http://a:x"): `split`
and `joined` answer where urllib raises.
"""

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|igshid|mc_[ce]id|mkt_tok|ref_?src|_ga|_hs\w+|sh|trk|trackingid|source"
    r"|next_slideshow|from_action|gi|sk|spm|cmpid)$",
    re.IGNORECASE,
)
_VIDEO_HOSTS = frozenset({"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com", "youtu.be"})
_VIDEO_ID = re.compile(r"^[\w-]{11}$")
_NOT_A_VIDEO = re.compile(r"^/(?:api|youtubei|oembed|get_video_info|img|vi|feed|results|playlist)(?:/|$)")
_VIDEO_PATH = re.compile(r"^/(?:embed|shorts|live|v|e)/([\w-]{11})(?:/|$)")
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_REPOSITORY = re.compile(r"^/([\w.-]+)/([\w.-]+?)(?:\.git)?(?:/(?:tree/[^/]+/?)?)?$")
_BLOB = re.compile(r"^/([\w.-]+)/([\w.-]+)/(?:blob|raw)/(.+)$")
_MOVES = tuple(
    (re.compile(rf"^https?://(?:www\.)?{old}$", re.IGNORECASE), new)
    for old, new in (
        # Google's research blog: googleresearch.blogspot, research.googleblog, ai.googleblog, blog.research.google
        (r"(?:googleresearch\.blogspot|research\.googleblog|ai\.googleblog)\.com/(.*)", r"https://blog.research.google/\1"),
        (r"blog\.research\.google/(\d{4}/.*)", r"https://ai.googleblog.com/\1"),
        (r"research\.google\.com/pubs/archive/(\d+)\.pdf", r"https://storage.googleapis.com/pub-tools-public-publication-data/pdf/\1.pdf"),
        (r"storage\.googleapis\.com/pub-tools-public-publication-data/pdf/(\w+)\.pdf", r"https://research.google.com/pubs/archive/\1.pdf"),
        # Facebook's: code.fb became engineering.fb, research.fb became research.facebook, ai.facebook became ai.meta
        (r"code\.fb\.com/(.*)", r"https://engineering.fb.com/\1"),
        (r"research\.fb\.com/(.*)", r"https://research.facebook.com/\1"),
        (r"ai\.facebook\.com/(.*)", r"https://ai.meta.com/\1"),
        (r"instagram-engineering\.com/(.*)", r"https://medium.com/instagram-engineering/\1"),
        # LinkedIn's: behind engineering.linkedin.com stands www.linkedin.com/blog/engineering
        (r"engineering\.linkedin\.com/?", r"https://www.linkedin.com/blog/engineering"),
        # Uber's, with and without a language, before and after the subdomain
        (r"eng\.uber\.com/(.*)", r"https://www.uber.com/blog/\1"),
        (r"uber\.com/[a-z]{2}(?:-[a-z]{2})?/blog/(.*)", r"https://www.uber.com/blog/\1"),
        (r"uber\.com/blog/(.*)", r"https://www.uber.com/en-US/blog/\1"),
        # Netflix and Airbnb, on Medium and under names of their own
        (r"medium\.com/netflix-techblog/(.*)", r"https://netflixtechblog.com/\1"),
        (r"netflixtechblog\.com/(.+)", r"https://medium.com/netflix-techblog/\1"),
        (r"techblog\.netflix\.com/(.*)", r"https://netflixtechblog.com/\1"),
        (r"medium\.com/towards-artificial-intelligence/(.*)", r"https://pub.towardsai.net/\1"),
        (r"medium\.com/towards-data-science/(.*)", r"https://towardsdatascience.com/\1"),
        # one talk under the language hosts of SlideShare
        (r"[a-z]{2}\.slideshare\.net/(.*)", r"https://www.slideshare.net/\1"),
        # a paper's file and the page about it
        (r"(?:export\.)?arxiv\.org/abs/([\w./-]+?)", r"https://arxiv.org/pdf/\1"),
        (r"arxiv\.org/pdf/([\w./-]+?)(?:\.pdf)?", r"https://export.arxiv.org/pdf/\1"),
        (r"dl\.acm\.org/doi/(?:pdf|epdf|abs|fullHtml)/(10\..+)", r"https://dl.acm.org/doi/\1"),
        (r"openreview\.net/forum\?id=([\w-]+)", r"https://openreview.net/pdf?id=\1"),
        (r"proceedings\.mlr\.press/(v\d+)/([\w-]+)\.html", r"https://proceedings.mlr.press/\1/\2/\2.pdf"),
    )
)  # fmt: skip
_NOT_OWNERS = frozenset({"features", "topics", "sponsors", "orgs", "settings", "marketplace", "about", "collections"})


def split(url: str) -> SplitResult:
    """The parts of an address; nothing but empty ones of what cannot be read as one."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def joined(page: str, link: str) -> str:
    """The address that a link on a page leads to; empty where it is none."""
    try:
        return urljoin(page, link)
    except ValueError:
        return ""


def is_web(url: str) -> bool:
    """Whether a text can be read as an http(s) address with a host, whatever may be there."""
    try:
        parts = urlsplit(url)
        readable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return readable and parts.scheme in {"http", "https"} and bool(parts.hostname)


def video_id(url: str) -> str:
    """The id of a YouTube video, from wherever in the address it stands; empty for any other address."""
    parts = split(url)
    host = _host(url)
    if host not in _VIDEO_HOSTS or _NOT_A_VIDEO.match(parts.path):
        return ""
    query = dict(parse_qsl(parts.query))
    if parts.path == "/attribution_link" and query.get("u", "").startswith("/"):
        return video_id(f"https://youtube.com{query['u']}")
    named = query.get("v", "")
    in_path = _VIDEO_PATH.match(parts.path)
    candidate = named or (in_path.group(1) if in_path else "")
    if host == "youtu.be" and not candidate:
        candidate = parts.path.strip("/").partition("/")[0]
    return candidate if _VIDEO_ID.match(candidate) else ""


def repository(url: str) -> tuple[str, str] | None:
    """Owner and name of the GitHub repository whose front page an address is, or None."""
    parts = split(url)
    found = _REPOSITORY.match(parts.path) if _host(url) == "github.com" else None
    if found is None or found.group(1).lower() in _NOT_OWNERS:
        return None
    return found.group(1), found.group(2)


def canonical(url: str) -> str:
    """An address as it is shown and linked: no tracking, no fragment, a video by its id alone."""
    if found := video_id(url):
        return f"https://www.youtube.com/watch?v={found}"
    parts = split(url)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0])])
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query if query else "", ""))


def key(url: str) -> str:
    """What addresses of one page have in common; compared, never fetched. What is no address is only like itself."""
    if found := video_id(url):
        return f"youtube:{found}"
    parts, host = split(url), _host(url)
    if not host:
        return url
    pairs = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0]))
    path = quote(unquote(_INDEX_PAGE.sub("/", parts.path)), safe="/~").rstrip("/")
    return f"{host}{path}{'?' + urlencode(pairs) if pairs else ''}"


def sources_of(url: str) -> tuple[str, ...]:
    """The addresses at which the work behind an address is to be had, best first.

    A repository is read from its archive (every document in it), a file in one from the raw host, everything else from
    its own address.
    """
    if found := repository(url):
        owner, name = found
        return (f"https://codeload.github.com/{owner}/{name}/tar.gz/HEAD", url)
    blob = _BLOB.match(split(url).path) if _host(url) == "github.com" else None
    if blob:
        return (f"https://raw.githubusercontent.com/{blob.group(1)}/{blob.group(2)}/{blob.group(3)}", url)
    if video_id(url):
        return (canonical(url),)
    return (url,)


def moves(url: str) -> tuple[str, ...]:
    """Where a work has gone, or where else it is, by rules that hold for all of a host; best first, often none."""
    found: list[str] = []
    for candidate in (url, f"https://{url.partition('://')[2]}" if url.startswith("http://") else url):
        found += [candidate, *(old.sub(new, candidate) for old, new in _MOVES if old.match(candidate))]
    return tuple(one for one in dict.fromkeys(found) if one != url)


def at(url: str, *, page: int | None = None, seconds: float | None = None) -> str:
    """An address that opens at a page of a PDF or a moment of a video.

    Args:
        url: The document's address.
        page: Counted from 1.
        seconds: From the beginning; a moment within the first second needs no mark.
    """
    if seconds is not None and int(seconds) > 0 and video_id(url):
        return f"{canonical(url)}&t={int(seconds)}s"
    if page is not None and split(url).path.lower().endswith(".pdf"):
        return f"{url.partition('#')[0]}#page={page}"
    return url


def slug(text: str) -> str:
    """Lower-case kebab-case of a path or a name, for ids; letters of other scripts stay."""
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")


def _host(url: str) -> str:
    try:
        parts = split(url)
        host = (parts.hostname or "").removeprefix("www.")
        port = parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port and port not in {80, 443} else host
