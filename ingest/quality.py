"""Whether what came back is the source, or a wall, an error page or a shell in its place.

Rules on the words of short pages and on known markers, with a typed reason. A page that is long enough to be an
article is never taken for a wall because it mentions one.
"""

import re
from collections.abc import Sequence

from ingest.errors import ExtractError
from ingest.types import Reason, Snapshot, Source

_SHORT = 1_500  # characters of visible text; the longest wall among the stored traps has 213, articles start at 900
_MIN_TEXT = 100  # a true page of the traps has 130; what walls say is known by its words

_STATUS = {
    401: Reason.LOGIN_WALL,
    402: Reason.PAYWALL,
    404: Reason.NOT_FOUND,
    407: Reason.LOGIN_WALL,
    410: Reason.GONE,
    429: Reason.RATE_LIMIT,
    451: Reason.GONE,
}

_WALLS = (
    (Reason.BOT_WALL, r"not a robot|verify (?:that )?you are (?:a )?human|checking your browser|unusual traffic"
                      r"|captcha|enable javascript and cookies to continue|attention required"),
    (Reason.CONSENT_WALL, r"before you continue|bevor sie .{0,40}fortfahren|bevor sie zu .{0,20}weitergehen"
                          r"|accept (?:all )?cookies|we value your privacy|avant d.acc.der"),
    (Reason.LOGIN_WALL, r"(?:sign|log) ?in to (?:continue|read|view|see)|please (?:sign|log) ?in|login required"
                        r"|join now to see|you must be logged in|create an account to"),
    (Reason.PAYWALL, r"subscribe to (?:continue|read)|subscribers only|member-only story|already a subscriber"),
    (Reason.SOFT_404, r"page (?:not found|does ?n.t exist|no longer exists|you .{0,30}(?:not be found|moved))"
                      r"|(?:^|\W)404(?:\W|$)|could ?n.t find (?:that|this|the) page|nothing (?:was )?found here"
                      r"|has been (?:removed|deleted)|no longer available|isn.t available (?:any ?more|right now)"),
    (Reason.JAVASCRIPT_SHELL, r"(?:enable|requires?|need) javascript|javascript is (?:disabled|required)"
                              r"|(?:^|\n)loading(?:…|\.\.\.)?(?:$|\n)"),
)  # fmt: skip
_PATTERNS = [(reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _WALLS]
_SHELL = re.compile(rb"<div[^>]+id=[\"'](?:root|app|__next|main-app)[\"'][^>]*>\s*</div>", re.IGNORECASE)


def check_status(snapshot: Snapshot) -> None:
    """Refuse a response that is an error by its status.

    Raises:
        ExtractError: With the reason that the status stands for.
    """
    if snapshot.status < 400:
        return
    by_words = _wall(snapshot.body[:20_000].decode("utf-8", "replace")) if snapshot.status in {403, 429, 503} else None
    reason = by_words or _STATUS.get(snapshot.status, Reason.HTTP_ERROR)
    raise ExtractError(f"{snapshot.final_url} answered {snapshot.status}", reason=reason)


def check_text(text: str, *, title: str, url: str) -> None:
    """Refuse a page whose text is that of a wall, an error page or a shell.

    Raises:
        ExtractError: With the reason; a page of more than 1,500 characters always passes.
    """
    if len(text) > _SHORT:
        return
    if reason := _wall(f"{title}\n{text}"):
        raise ExtractError(f"{url} shows a {reason.value} in place of the page", reason=reason)
    if len(text) < _MIN_TEXT:
        raise ExtractError(f"{url} holds {len(text)} characters of text, too few to be the source", reason=Reason.EMPTY)


def check_shell(snapshot: Snapshot) -> None:
    """Refuse a page whose content a script would have to fetch.

    Raises:
        ExtractError: If the page is an empty application shell.
    """
    if _SHELL.search(snapshot.body):
        message = f"{snapshot.final_url} is an empty shell that a script fills in"
        raise ExtractError(message, reason=Reason.JAVASCRIPT_SHELL)


def check_identity(source: Source, *, title: str, text: str, url: str) -> None:
    """Refuse a page that is not the work that the catalog names: spun and parked copies exist.

    Raises:
        ExtractError: If words that every true copy holds are missing.
    """
    missing = _missing(source.title_words, f"{title}\n{text[:5_000]}".casefold())
    if missing:
        message = f"{url} does not look like {source.title!r}: it never says {', '.join(missing)}"
        raise ExtractError(message, reason=Reason.WRONG_CONTENT)


def _missing(words: Sequence[str], text: str) -> list[str]:
    return [word for word in words if word.casefold() not in text]


def _wall(text: str) -> Reason | None:
    return next((reason for reason, pattern in _PATTERNS if pattern.search(text)), None)
