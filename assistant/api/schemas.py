"""What goes over the wire: requests with their limits and examples, and answers in the shapes of `assistant.wire`.

Offsets count characters of a document's text, half-open; scores are higher for better; citations count from 1.
"""

from typing import Annotated, Any, Literal, Self

from fastapi import Header, Query
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    model_validator,
)

from assistant.page import Wanted
from assistant.question import MAX_CHARACTERS
from index.search import Mode
from index.types import Filters
from ingest.types import SourceKind

MAX_BODY = 256 * 1024  # bytes; twenty questions of history at four bytes a character are 160 KiB

_DESIGN = "How do I design a video recommendation system?"
_HIT: dict[str, Any] = {
    "rank": 1,
    "score": 0.93,
    "document_id": "topic-negative-sampling",
    "title": "Negative sampling",
    "url": "ninestep:guide/topic-negative-sampling",
    "headings": ["In-batch negatives"],
    "text": "In-batch negatives are free, but popular items become negatives too often.",
    "start": 120,
    "end": 194,
    "trace": {
        "methods": {"dense": {"rank": 1, "score": 0.71, "share": 0.7}},
        "matched_terms": ["negat", "sampl"],
    },
}
_CITATION: dict[str, Any] = {
    "number": 1,
    "document_id": "topic-negative-sampling",
    "title": "Negative sampling",
    "url": "ninestep:guide/topic-negative-sampling",
    "headings": ["In-batch negatives"],
    "start": 120,
    "end": 194,
    "quote": "In-batch negatives are free, but popular items become negatives too often.",
    "page": None,
    "seconds": None,
}


SOMETHING = r"[^\s\x1c-\x1f\x85]"  # in any engine what Python's strip leaves
Words = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS, pattern=SOMETHING)]
Turn = Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LastEventId = Annotated[str, Header(max_length=200, description="sent by a browser that comes back")]
ENDINGS = ("md", "markdown", "mdx", "rst", "txt", "ipynb", "pdf", "html", "htm", "docx", "pptx", "vtt", "srt")
_ENDING = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in ending) for ending in ENDINGS)
FileName = Annotated[
    str,
    Query(
        pattern=rf"^[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]*\.({_ENDING})$",
        max_length=200,
        examples=["notes.md"],
        description=f"the file's name; its ending tells the format: {', '.join(ENDINGS)}",
    ),
]
Date = Annotated[str, StringConstraints(pattern=r"^([12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)?$")]
Step = Annotated[int, Field(ge=1, le=9)]


def _unquoted(value: object) -> object:
    """In JSON, neither a string nor true is a number, though both can be read as one."""
    if isinstance(value, str | bool):
        raise ValueError("Input should be a number, unquoted")  # noqa: TRY004 - pydantic reads ValueErrors
    return value


Whole = BeforeValidator(_unquoted)
Flag = Annotated[bool, Strict()]


def stream(*names: str, data: str) -> dict[str, Any]:
    """The schema of one server-sent event with one of these names; without names its data alone.

    Args:
        names: Of the events, in the order in which they come.
        data: What the JSON text of `data` is.
    """
    text = {"type": "string", "contentMediaType": "application/json", "description": data}
    named = {"event": {"type": "string", "enum": list(names)}, "id": {"type": "string"}} if names else {}
    return {"type": "object", "required": ["data"], "properties": {**named, "data": text}}


class _Strict(BaseModel):
    """A request: what it does not know, it refuses, so that a misspelt field is noticed."""

    model_config = ConfigDict(extra="forbid")


class SearchFilters(_Strict):
    """Restrictions on hits; values within a field are alternatives, an empty field restricts nothing."""

    kinds: list[SourceKind] = Field(default=[], max_length=20, examples=[["paper", "guide"]])
    organisations: list[Name] = Field(default=[], max_length=50, examples=[["Pinterest"]])
    steps: list[Annotated[Step, Whole]] = Field(
        default=[], max_length=9, examples=[[3, 4]], description="steps of the formula, 1–9"
    )
    topics: list[Name] = Field(default=[], max_length=50, examples=[["calibration"]])
    sources: list[Name] = Field(default=[], max_length=100, description="ids of sources or documents")
    since: Date = Field(default="", examples=["2019-06"], description="published on or after; a year, month or day")
    until: Date = Field(default="", examples=["2023"], description="published on or before")

    def record(self) -> Filters:
        """The same as the index takes it."""
        return Filters(
            kinds=frozenset(str(kind) for kind in self.kinds),
            organisations=frozenset(self.organisations),
            steps=frozenset(self.steps),
            topics=frozenset(self.topics),
            sources=frozenset(self.sources),
            since=self.since,
            until=self.until,
        )


class _Search(_Strict):
    """What a search takes, by POST and by GET alike."""

    query: Words = Field(description="words, or a whole question", examples=["negative sampling"])
    k: int = Field(default=10, ge=1, le=100, description="hits a page")
    mode: Mode = Field(default=Mode.HYBRID, description="which methods search")
    collapse: Literal["none", "document"] = Field(default="none", description="`document`: the best hit of each only")
    explain: bool = Field(default=False, description="add how the search went")
    explain_document: str = Field(
        default="", max_length=200, description="with `explain`: id of a document whose place, or absence, is explained"
    )
    cursor: str = Field(default="", max_length=500, description="`next_cursor` of the page before")

    def wanted_with(self, filters: SearchFilters) -> Wanted:
        """The same as the assistant takes it."""
        return Wanted(
            query=self.query,
            k=self.k,
            mode=self.mode,
            filters=filters.record(),
            one_a_document=self.collapse == "document",
            cursor=self.cursor,
        )


class SearchRequest(_Search):
    """A search."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"query": "negative sampling", "k": 5},
                {"query": "serving latency", "filters": {"steps": [8]}, "collapse": "document", "explain": True},
            ]
        }
    )

    k: Annotated[int, Whole] = Field(default=10, ge=1, le=100, description="hits a page")
    explain: Flag = Field(default=False, description="add how the search went")
    filters: SearchFilters = SearchFilters()

    def wanted(self) -> Wanted:
        """The same as the assistant takes it."""
        return self.wanted_with(self.filters)


class SearchParameters(_Search, SearchFilters):
    """A search in an address: filters are repeated parameters."""

    steps: list[Step] = Field(default=[], max_length=9, examples=[[3, 4]], description="steps of the formula, 1–9")

    def wanted(self) -> Wanted:
        """The same as the assistant takes it."""
        names = SearchFilters.model_fields
        return self.wanted_with(SearchFilters.model_validate(self.model_dump(include=set(names))))


class AskRequest(_Strict):
    """A question, with the questions before it where it follows up on them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": _DESIGN}]})

    question: Words = Field(examples=[_DESIGN])
    history: list[Turn] = Field(default=[], max_length=20, description="earlier questions, oldest first")


class MethodTrace(BaseModel):
    """What one method made of a hit: its rank from 1, its own score, its share of the fused score."""

    rank: int
    score: float
    share: float


class Trace(BaseModel):
    """Why a hit is where it is; a method that did not find it is absent."""

    methods: dict[str, MethodTrace]
    matched_terms: list[str]


class Hit(BaseModel):
    """A passage that was found. `text` is the document's `[start:end)`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HIT]})

    rank: int
    score: float
    document_id: str
    title: str
    url: str
    headings: list[str]
    text: str
    start: int
    end: int
    trace: Trace
    others: int | None = Field(default=None, description="with `collapse`: further hits in this document")


class Standing(BaseModel):
    """Where one method puts a document; rank null where it does not find it at all."""

    method: str
    rank: int | None
    score: float | None


class DocumentExplanation(BaseModel):
    """What became of a document: its rank among the hits, or null and the reason."""

    document_id: str
    rank: int | None
    standings: list[Standing]
    reason: str


class Explanation(BaseModel):
    """How a search went."""

    mode: Mode
    terms: list[str] = Field(description="the query's words as the lexical side looks for them")
    timings_ms: dict[str, float] = Field(description="milliseconds by stage", examples=[{"encode": 5.1, "search": 3.2}])
    document: DocumentExplanation | None = None


class SearchResult(BaseModel):
    """Hits, best first, all from one index."""

    query: str
    took_ms: float
    generation: str = Field(description="id of the index that answered")
    hits: list[Hit]
    next_cursor: str | None = Field(default=None, description="send it as `cursor` for more; null on the last page")
    explanation: Explanation | None = Field(default=None, description="only where `explain` was asked for")


class Sentence(BaseModel):
    """A sentence with the numbers of its citations."""

    text: str
    citations: list[int]
    verdict: Literal["supported", "partly", "unsupported", "uncited"]


class Section(BaseModel):
    """A part of an answer; one without sentences says that the library has nothing on it."""

    title: str
    step: int | None = None
    sentences: list[Sentence]


class Citation(BaseModel):
    """A quotation and its place: `quote` is the document's `[start:end)`, in characters."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CITATION]})

    number: int
    document_id: str
    title: str
    url: str
    headings: list[str]
    start: int
    end: int
    quote: str
    page: int | None = None
    seconds: float | None = None
    prefix: str = Field(default="", description="what stands before the quotation, to find it in a changed text")
    suffix: str = Field(default="", description="what stands after it")
    link: str = Field(default="", description="the live page, scrolled to the quotation where a browser can")
    snapshot: str = Field(default="", description="SHA-256 of the bytes that the document was extracted from")


class TableRow(BaseModel):
    """A company or option; a cell that the library does not state is null."""

    name: str
    cells: list[Sentence | None]


class Table(BaseModel):
    """A comparison: a row a company or option, a column a facet."""

    columns: list[str]
    rows: list[TableRow]


class AskResult(BaseModel):
    """An answer, or a declined one with the reason and the nearest topics."""

    kind: Literal["answer", "declined"]
    question: str
    sections: list[Section]
    citations: list[Citation]
    timings_ms: dict[str, float]
    head: list[Section] = Field(default=[], description="a design's summary, assumptions and questions to ask first")
    table: Table | None = Field(default=None, description="what is compared, for a comparison")
    note: str = Field(default="", description="how a language model's answer was checked, where one is set")
    reason: str = ""
    nearest_topics: list[str] = []
    found: list[Hit] = []
    correction: list[Sentence] = Field(default=[], description="of whom it is true instead, quoted; declined ones only")


class SourceHealth(BaseModel):
    """A listed source and how it fares."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(examples=["youtube-dnn"])
    title: str
    url: str
    kind: str = Field(examples=["paper"])
    status: str = Field(examples=["alive", "moved", "archived", "never reached"])
    reason: str = Field(description="why it gave no document; empty where it did")
    message: str
    documents: int
    chunks: int
    fetched_at: str = Field(description="ISO 8601; empty if it never came")
    came: str = Field(alias="from", description="live, moved, wayback, warc, bundled or empty")


class Heading(BaseModel):
    """A heading of a document, from level 1 to 6, and where it starts."""

    text: str
    level: int
    start: int


class DocumentBody(BaseModel):
    """A document's text and outline; offsets of citations count characters of `text`."""

    id: str
    title: str
    url: str
    kind: str
    text: str
    headings: list[Heading]


class Span(BaseModel):
    """A span of a document in its surroundings."""

    document_id: str
    title: str
    url: str
    start: int
    end: int
    before: str
    quote: str
    after: str


class Feedback(_Strict):
    """What a reader made of an answer or of one of its citations."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verdict": "helpful", "question": _DESIGN},
                {
                    "verdict": "wrong citation",
                    "question": _DESIGN,
                    "document_id": "topic-negative-sampling",
                    "start": 120,
                    "end": 194,
                    "comment": "The quotation speaks of something else.",
                },
            ]
        }
    )

    verdict: Literal["helpful", "unhelpful", "wrong citation", "missing source"]
    question: Turn = ""
    document_id: Annotated[str, StringConstraints(max_length=200)] = ""
    start: Annotated[int, Field(ge=0, le=10**9), Whole] | None = None
    end: Annotated[int, Field(ge=0, le=10**9), Whole] | None = None
    comment: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)] = ""


class FeedbackKept(BaseModel):
    """Feedback was stored; `number` counts from 1."""

    number: int


class Stats(BaseModel):
    """What the library and the index hold."""

    generation: str
    model: str = Field(examples=["all-MiniLM-L6-v2"])
    documents: int
    passages: int
    sentences: int
    recall: float = Field(description="recall@10 of the vector index against exact search, measured when it was built")
    documents_by_kind: dict[str, int] = Field(examples=[{"guide": 42, "paper": 30}])
    documents_by_organisation: dict[str, int]
    documents_by_topic: dict[str, int]
    sources_by_status: dict[str, int] = Field(examples=[{"alive": 60, "never reached": 12}])


class IngestRequest(_Strict):
    """What to ingest: ids of the catalog, public pages, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"sources": ["youtube-dnn"]}, {"urls": ["https://example.org/a-post"]}],
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "array", "minItems": 1}}}
                for name in ("sources", "urls")
            ],
        }
    )

    sources: list[Name] = Field(default=[], max_length=100, description="ids, as /v1/sources lists them")
    urls: list[Annotated[str, StringConstraints(max_length=2_000, pattern="^https?://")]] = Field(
        default=[], max_length=20, description="public http(s) addresses"
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.sources or self.urls):
            raise ValueError("name sources or urls; /v1/sources lists the ids")
        return self


class Job(BaseModel):
    """An ingestion, as far as it is."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    created_at: str
    message: str = Field(description="how it ended, in one sentence")
    progress: dict[str, Any] = Field(examples=[{"stage": "fetching", "done": 3, "total": 12, "failed": 1}])
    sources: list[str]
    urls: list[str]
    files: list[str] = Field(default=[], description="names of uploaded files")


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Questions are answered."""

    status: Literal["ready"] = "ready"
    generation: str


class Problem(BaseModel):
    """An error (RFC 9457): what was seen, what was wanted, what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:ninestep:not-found",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "no document has the id 'nope'; /v1/search gives ids",
                    "request_id": "0f9c2c6e5f0b4f0e",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str = ""
    error: dict[str, Any] | None = Field(default=None, description="the same as OpenAI's clients read it")
