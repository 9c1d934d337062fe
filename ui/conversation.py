"""The routes behind the ask page: an answer piece by piece, and what a reader does with one.

They stand beside Gradio, not in its queue: there a growing answer is sent and drawn again as a whole with every update,
which costs more the longer it gets, and nothing ends the work when a reader leaves. Here each piece is sent once, and
the bounded pools and deadlines of the API hold (`assistant.api.work`). No route keeps anything of a conversation;
`share` alone writes, because it was asked to.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import asdict, dataclass
from functools import cache
from queue import SimpleQueue
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from assistant import export, views
from assistant.api import problems, schemas
from assistant.api.answers import encoded, event_stream
from assistant.api.core import Core
from assistant.types import Answer, Declined
from assistant.views import View
from assistant.watching import Told, watched
from ui import pdf, places, record, render, suggest
from ui.model import ModelStatus
from ui.record import Seal
from ui.render import Piece
from ui.shared import SharedAnswers

Result = Answer | Declined

_TURN = Annotated[str, Field(pattern=r"^[a-z0-9]{1,16}$")]
_RECORD = Annotated[str, Field(max_length=schemas.MAX_BODY)]
_SECONDS = 200.0  # a language model that stays silent for 60 is given up before, and its quotations are shown
_FILES = {"markdown": ("text/markdown; charset=utf-8", "md"), "pdf": ("application/pdf", "pdf")}


class Asked(BaseModel):
    """A question with those before it; `turn` is the page's own id for it."""

    question: str
    history: Annotated[list[schemas.Turn], Field(max_length=20)] = []
    turn: _TURN


class Kept(BaseModel):
    """An answer that the browser kept, to be shown again."""

    record: _RECORD
    turn: _TURN = "kept"


class Exported(BaseModel):
    """An answer that is wanted as a file."""

    record: _RECORD
    view: View = View.DOCUMENT
    form: Literal["markdown", "pdf"]


class Signed(BaseModel):
    """An answer that is to have an address of its own."""

    record: _RECORD
    signature: Annotated[str, Field(max_length=64)]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the stream."""

    name: str
    data: dict[str, Any]


def router(core: Core, *, model: ModelStatus | None = None) -> APIRouter:
    """The routes.

    Args:
        core: The API's own.
        model: Tells whether the language model can be reached; None where none is set.
    """
    routes = APIRouter(prefix="/chat", include_in_schema=False)
    desk = _Desk(core)
    _add_answers(routes, core, desk)
    _add_sharing(routes, core, desk)

    @routes.get("/model")
    async def status() -> dict[str, Any]:
        """Whether a language model words the answers, and whether it can be reached."""
        if model is None:
            return {"name": "", "ready": False}
        return {"name": model.name, "ready": await core.read(model.is_ready)}

    return routes


def _add_answers(routes: APIRouter, core: Core, desk: "_Desk") -> None:
    @routes.post("/ask")
    async def ask(request: Request, asked: Asked) -> Response:
        """An answer as events: draft where a language model writes, open, piece, done; or error."""
        core.note(request, asked.question)
        steps = core.questions.stream(lambda: desk.answer(asked), seconds=_SECONDS)
        return event_stream(_streamed(steps, request_id=problems.request_id(request)))

    @routes.post("/show")
    async def show(kept: Kept) -> Response:
        """The pieces of an answer that the browser kept, all at once."""
        return JSONResponse(await core.read(lambda: desk.shown(kept.record, kept.turn)))

    @routes.post("/export")
    async def exported(wanted: Exported) -> Response:
        """An answer as a file."""
        content = await core.read(lambda: desk.file(wanted))
        kind, suffix = _FILES[wanted.form]
        return Response(
            content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="answer.{suffix}"'}
        )


def _add_sharing(routes: APIRouter, core: Core, desk: "_Desk") -> None:
    @routes.post("/share")
    async def share(signed: Signed) -> dict[str, str]:
        """Give an answer an address of its own."""
        return {"id": await core.read(lambda: desk.share(signed))}

    @routes.get("/shared/{id}")
    async def shared(id: Annotated[str, Path(max_length=64)]) -> Response:
        """The record of a shared answer."""
        text = await core.read(lambda: desk.shared.get(id))
        if text is None:
            raise HTTPException(404, "no answer is shared under this address")
        return JSONResponse({"record": text, "signature": await core.read(lambda: desk.seal.sign(text))})


class _Desk:
    """What the routes do, in worker threads."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.seal = Seal(core.home / "page.key")
        self.shared = SharedAnswers(core.home / "shared")

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Answer a question, piece by piece as it is made; while a language model writes, its draft comes first."""
        drawing = render.Growing(turn=asked.turn, places=self._places())
        is_open = False
        for told in _watched(lambda: self._core.assistant.ask(asked.question, history=asked.history)):
            if isinstance(told, str):
                yield Step("draft", {"text": told})
                continue
            if not is_open:
                is_open = True
                yield Step("open", {"html": render.opening(told)})
            yield from _steps(drawing.more(told))
            result = told
        yield from self._ended(result, asked.turn)

    def _ended(self, result: Result, turn: str) -> Iterator[Step]:
        self._core.metrics.answer(result)
        yield from _steps(self._closing(result, turn))
        text = record.dump(result)
        yield Step("done", {"record": text, "signature": self.seal.sign(text), "text": _plain(result)})

    def shown(self, text: str, turn: str) -> dict[str, Any]:
        """All of an answer that was kept."""
        result = record.load(text)
        pieces = [*render.pieces(result, turn=turn, places=self._places()), *self._closing(result, turn)]
        return {"html": render.opening(result), "pieces": [asdict(piece) for piece in pieces]}

    def file(self, wanted: Exported) -> bytes:
        """An answer as Markdown or PDF."""
        result = record.load(wanted.record)
        if isinstance(result, Answer):
            result = views.view(result, wanted.view)
        return export.markdown(result).encode() if wanted.form == "markdown" else pdf.write(result)

    def share(self, signed: Signed) -> str:
        """Keep an answer of this server.

        Raises:
            HTTPException: 403 if this server never gave it.
        """
        if not self.seal.fits(signed.record, signed.signature):
            raise HTTPException(403, "only answers of this server can be shared; ask the question again")
        return self.shared.add(signed.record)

    def _places(self) -> render.Places:
        """Places of citations, each document looked up once."""
        documents = cache(self._core.assistant.document)
        return cache(lambda citation: places.find(citation, documents))

    def _closing(self, result: Result, turn: str) -> list[Piece]:
        assistant = self._core.assistant
        suggestions = suggest.after(result, assistant.infos(), assistant.document)
        return render.closing(result, turn=turn, suggestions=suggestions)


def _watched(work: Callable[[], Result]) -> Iterator[str | Result]:
    """Do some work in a thread beside this one, and meanwhile hand on what is told of it; its result comes last."""
    told: SimpleQueue[Told | None] = SimpleQueue()

    def run() -> Result:
        try:
            with watched(told.put):
                return work()
        finally:
            told.put(None)

    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(copy_context().run, run)
        while (piece := told.get()) is not None:
            yield piece
        yield coming.result()


def _steps(pieces: Iterable[Piece]) -> Iterator[Step]:
    return (Step("piece", asdict(piece)) for piece in pieces)


def _plain(result: Result) -> str:
    """The words of a result, for the browser's search over what it kept."""
    if isinstance(result, Declined):
        return result.reason
    return " ".join(sentence.text for sentence in result.sentences)


async def _streamed(steps: AsyncGenerator[Step | None], *, request_id: str) -> AsyncIterator[bytes]:
    """The steps as events; what goes wrong is an event too, whose sentence the page shows in the answer's place."""
    try:
        async with aclosing(steps):
            async for step in steps:
                yield _bytes(step)
    except Exception as error:  # noqa: BLE001 - the status line is long gone; the reader must still be told
        kind, detail = problems.of(error)
        yield encoded("error", problems.body(kind, detail, request_id=request_id))


def _bytes(step: Step | None) -> bytes:
    return b": waiting\n\n" if step is None else encoded(step.name, step.data)
