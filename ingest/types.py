"""The records of ingestion, from a catalog entry to a chunk. Read this file first.

Conventions: offsets count characters of a document's text, which is NFC-normalised; spans are half-open
`[start, end)`; times are UTC. Ids come from content or from the catalog, never from a counter: a document's
id is readable and stable (`youtube-dnn`, `question-newsfeed-ranking`, `mlquestions~readme-md`), so that
judgments and links made today hold after the source is fetched again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """What a source is."""

    BLOG = "blog"
    PAPER = "paper"
    SLIDES = "slides"
    VIDEO = "video"
    REPO = "repo"
    COURSE = "course"
    BOOK = "book"
    HOMEPAGE = "homepage"
    GUIDE = "guide"
    FILE = "file"


class Via(StrEnum):
    """The way that bytes came."""

    LIVE = "live"
    MOVED = "moved"
    WAYBACK = "wayback"
    WARC = "warc"
    BUNDLED = "bundled"


class Status(StrEnum):
    """The health of a source, as `ninestep sources` shows it."""

    ALIVE = "alive"
    MOVED = "moved"
    ARCHIVED = "archived"
    CHANGED = "changed"
    DEAD = "dead"
    NEVER_REACHED = "never reached"


class Reason(StrEnum):
    """Why a source gave no document."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too large"
    TOO_MANY_REDIRECTS = "too many redirects"
    FORBIDDEN_ADDRESS = "forbidden address"
    ROBOTS = "disallowed by robots.txt"
    NOT_FOUND = "not found"
    GONE = "gone"
    RATE_LIMIT = "rate limit"
    HTTP_ERROR = "HTTP error"
    SOFT_404 = "soft 404"
    LOGIN_WALL = "login wall"
    CONSENT_WALL = "consent wall"
    BOT_WALL = "bot wall"
    PAYWALL = "paywall"
    JAVASCRIPT_SHELL = "JavaScript shell"
    EMPTY = "empty page"
    WRONG_CONTENT = "wrong content"
    UNSUPPORTED = "unsupported format"
    DAMAGED = "damaged file"
    ENCRYPTED = "encrypted file"
    SCANNED = "scanned without text"
    OVER_LIMITS = "over the extractor's limits"
    NO_TRANSCRIPT = "no transcript"


class BlockKind(StrEnum):
    """What a stretch of text is; decides what may be quoted as a sentence."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list item"
    QUOTE = "quote"
    TABLE = "table"
    CODE = "code"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the catalog, or a file or folder of the user's own.

    Attributes:
        id: Lower-case kebab-case slug, unique in the catalog.
        alternates: Other addresses of the same work, best first.
        title_words: Lower-case words that a true copy contains; a page without them is the wrong page.
        same_site_depth: How many steps of same-site links are followed.
        pages: Addresses of the same site that the listed page does not link to in its markup, such as those of a menu
            that a script loads; followed as if it did.
    """

    id: str
    title: str
    url: str
    kind: SourceKind
    organisation: str = ""
    section: str = ""
    group: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    alternates: tuple[str, ...] = ()
    title_words: tuple[str, ...] = ()
    same_site_depth: int = 0
    pages: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One response as it came: what the archive keeps and the extractors read.

    Attributes:
        url: The address that was asked for.
        final_url: The address that answered, after redirects.
        headers: Response headers, names in lower case; of a repeated one the last.
        body: The decoded entity body.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    via: Via = Via.LIVE

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def media_type(self) -> str:
        """The declared media type in lower case, without parameters; empty where none was declared."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table, … of a document's text, `text[start:end]`.

    Attributes:
        level: 1–6 for a heading, else 0.
        page: Page of a PDF or slide deck, counted from 1.
        seconds: Start of the spoken passage in a video transcript.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    page: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a block needs 0 <= start < end, got {self.start}, {self.end}")
        if (self.kind is BlockKind.HEADING) != (1 <= self.level <= 6):
            raise ValueError(f"a heading has a level from 1 to 6 and nothing else has one, got {self.level}")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and everything up to the next heading.

    Attributes:
        headings: The path of headings down to this one, the document's own title left out.
        step: The step of the nine-step formula that the headings name, 1–9, or None.
    """

    headings: tuple[str, ...]
    start: int
    end: int
    step: int | None = None


_MOST_ASKED = 5_000  # questions of one document
_LONGEST_ASKED = 300  # characters


@dataclass(frozen=True, slots=True)
class Anticipated:
    """A question that people ask and that a stretch of a document, `text[start:end]`, answers."""

    start: int
    end: int
    question: str


@dataclass(frozen=True, slots=True)
class Document:
    """A source's text with its structure.

    Attributes:
        text: NFC-normalised; blocks are separated by blank lines.
        blocks: In order, not overlapping; they cover everything but the white space between them.
        digest: SHA-256 of the bytes that it was extracted from.
        topics: Lower-case kebab-case tags.
        steps: Steps of the formula that it mainly informs.
        canonical: The address that the page itself calls its own; empty where it names none.
        note: What a reader should know of the text, such as that a talk is known by its description alone.
        asked: Questions that parts of it answer, where somebody wrote them down.
    """

    id: str
    source_id: str
    url: str
    title: str
    kind: SourceKind
    text: str
    blocks: tuple[Block, ...]
    digest: str
    fetched_at: datetime
    via: Via
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    published: str = ""
    steps: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    canonical: str = ""
    note: str = ""
    asked: tuple[Anticipated, ...] = ()

    def __post_init__(self) -> None:
        end = 0
        for block in self.blocks:
            if block.start < end or block.end > len(self.text):
                raise ValueError(f"{self.id}: block {block} overlaps or leaves the text")
            end = block.end
        if len(self.asked) > _MOST_ASKED:
            raise ValueError(f"{self.id}: {len(self.asked)} questions, at most {_MOST_ASKED} are kept of a document")
        for one in self.asked:
            if not 0 <= one.start < one.end <= len(self.text):
                raise ValueError(f"{self.id}: the answer to {one.question[:60]!r} leaves the text")
            if not one.question.strip() or len(one.question) > _LONGEST_ASKED:
                raise ValueError(
                    f"{self.id}: a question of {len(one.question)} characters, wanted 1 to {_LONGEST_ASKED}"
                )

    @property
    def text_digest(self) -> str:
        """SHA-256 of the text: two fetches with the same one need no new chunks."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of a document that is indexed and found as one.

    Attributes:
        text: `document.text[start:end]`, always.
        header: Title › headings; part of what is indexed, never of what is shown or quoted.
        headings: The path of headings at the chunk's start.
        step: The formula's step that the headings name, or None.
        page: Page at the chunk's start, counted from 1, where the source has pages.
        seconds: Where the passage starts in a video.
    """

    document_id: str
    start: int
    end: int
    text: str
    header: str = ""
    headings: tuple[str, ...] = ()
    step: int | None = None
    page: int | None = None
    seconds: float | None = None
    id: str = field(init=False)

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.text) or not self.text:
            raise ValueError(f"{self.document_id}: a chunk of {len(self.text)} characters at {self.start}:{self.end}")
        key = f"{self.document_id}\0{self.start}\0{self.header}\0{self.text}"
        object.__setattr__(self, "id", hashlib.sha256(key.encode()).hexdigest()[:16])

    @property
    def indexed_text(self) -> str:
        """What is embedded and analysed: the header, then the text."""
        return f"{self.header}\n{self.text}" if self.header else self.text
