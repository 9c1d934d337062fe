"""What goes over the wire: requests with their limits, and answers in the shapes of `assistant.wire`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assistant.question import MAX_CHARACTERS
from index.search import Mode
from index.types import Filters

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS)]


class SearchFilters(BaseModel):
    """Restrictions on hits; values within a field are alternatives, an empty field restricts nothing."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[str] = Field(default=[], max_length=20, examples=[["paper", "guide"]])
    organisations: list[str] = Field(default=[], max_length=50)
    steps: list[Annotated[int, Field(ge=1, le=9)]] = Field(default=[], max_length=9)
    topics: list[str] = Field(default=[], max_length=50)
    sources: list[str] = Field(default=[], max_length=100, description="ids of sources or documents")

    def record(self) -> Filters:
        """The same as the index takes it."""
        return Filters(
            kinds=frozenset(self.kinds),
            organisations=frozenset(self.organisations),
            steps=frozenset(self.steps),
            topics=frozenset(self.topics),
            sources=frozenset(self.sources),
        )


class SearchRequest(BaseModel):
    """A search."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": "negative sampling", "k": 5}]})

    query: Words
    k: int = Field(default=10, ge=1, le=100, description="how many hits")
    mode: Mode = Mode.HYBRID
    filters: SearchFilters = SearchFilters()


class AskRequest(BaseModel):
    """A question, with the questions before it where it follows up on them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"question": "How do I design a video recommendation system?"}]}
    )

    question: Words
    history: list[Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]] = Field(default=[], max_length=20)


class Hit(BaseModel):
    """A chunk that was found. `text` is the document's `[start:end)`."""

    rank: int
    score: float
    document_id: str
    title: str
    url: str
    headings: list[str]
    text: str
    start: int
    end: int
    trace: dict[str, Any]


class SearchResult(BaseModel):
    """Hits, best first."""

    query: str
    took_ms: float
    hits: list[Hit]


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


class AskResult(BaseModel):
    """An answer, or a declined one with the reason and the nearest topics."""

    kind: Literal["answer", "declined"]
    question: str
    sections: list[Section]
    citations: list[Citation]
    timings_ms: dict[str, float]
    reason: str = ""
    nearest_topics: list[str] = []
    found: list[Hit] = []


class SourceHealth(BaseModel):
    """A listed source and how it fares."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    title: str
    url: str
    kind: str
    status: str
    reason: str
    message: str
    documents: int
    chunks: int
    fetched_at: str
    came: str = Field(serialization_alias="from")


class DocumentBody(BaseModel):
    """A document's text and outline; offsets of citations count characters of `text`."""

    id: str
    title: str
    url: str
    kind: str
    text: str
    headings: list[dict[str, Any]]


class Span(BaseModel):
    """A span of a document in its surroundings."""

    document_id: str
    start: int
    end: int
    before: str
    quote: str
    after: str


class Problem(BaseModel):
    """An error (RFC 9457): what was seen, what was wanted, what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
