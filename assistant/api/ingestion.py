"""/v1/ingest and /v1/jobs: start an ingestion, watch it, end it.

Only ids of the catalog, public http(s) addresses and the bytes of a file are taken, never a path. An address is judged
here by what it says, and by every hop of the fetching later by where it leads.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT

from assistant.api import problems, schemas
from assistant.api.answers import EVENT_STREAM, encoded, event_stream
from assistant.api.jobs import Job, Jobs
from assistant.api.uploads import MAX_FILE, Uploads
from ingest import catalog
from ingest.hosts import is_public_name

_PORTS = frozenset({None, 80, 443})

_EVENT = schemas.stream("progress", "done", data="`progress`: stage, done, total, … · `done`: the whole Job")
_BYTES = {"type": "string", "format": "binary", "minLength": 1, "maxLength": MAX_FILE}
_STARTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "The job, which goes on by itself",
        "headers": {"Location": {"description": "the job's address", "schema": {"type": "string"}}},
        "links": {
            name: {"operationId": name, "parameters": {"id": "$response.body#/id"}}
            for name in ("get_job", "watch_job", "cancel_job")
        },
    }
}

_Id = Annotated[str, Path(min_length=1, max_length=64, examples=["3f9a0c55d1e2b764"])]


def router(jobs: Jobs, uploads: Uploads) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["ingestion"])
    _add_start(routes, jobs)
    _add_upload(routes, jobs, uploads)
    _add_jobs(routes, jobs)
    return routes


def _owner(request: Request) -> str:
    """Whose jobs a request may see: those of its key, or where it came without one, those that were started so."""
    return str(request.scope.get("ninestep.key", ""))


def _add_start(routes: APIRouter, jobs: Jobs) -> None:
    @routes.post(
        "/v1/ingest",
        status_code=202,
        response_model=schemas.Job,
        responses=_STARTED | problems.responses(404, 422, 503),
        operation_id="start_ingestion",
    )
    async def start(request: Request, asked: schemas.IngestRequest, response: Response) -> dict[str, Any]:
        """Fetch listed sources or public pages into the library, and index what changed.

        The answer is a job that goes on by itself; its Location tells how far it is.
        """
        for url in asked.urls:
            refuse_private(url)
        catalog.select(catalog.load(), asked.sources)
        wanted = {"ids": list(dict.fromkeys(asked.sources)), "urls": list(dict.fromkeys(asked.urls))}
        job = jobs.start(wanted, owner=_owner(request))
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job.as_json()


def _add_upload(routes: APIRouter, jobs: Jobs, uploads: Uploads) -> None:
    @routes.post(
        "/v1/ingest/file",
        status_code=202,
        response_model=schemas.Job,
        responses=_STARTED | problems.responses(422, 503),
        operation_id="upload_file",
        openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": _BYTES}}}},
    )
    async def upload(request: Request, name: schemas.FileName, response: Response) -> dict[str, Any]:
        """Send a file into the library, as the body's bytes, and index it.

        At most 32 MiB; PDF, Markdown, HTML, notebooks, Office, captions and text. The same file twice is one document.
        """
        jobs.want_room()
        place = await uploads.keep(name, request.stream())
        job = jobs.start({"files": [place]}, owner=_owner(request))
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job.as_json()


def _add_jobs(routes: APIRouter, jobs: Jobs) -> None:
    missing = problems.responses(404, 422)

    def found(id: str, request: Request) -> Job:
        job = jobs.get(id, owner=_owner(request))
        if job is None:
            raise HTTPException(404, f"no job has the id {id!r}; jobs are forgotten when the server restarts")
        return job

    @routes.get("/v1/jobs", response_model=list[schemas.Job], operation_id="list_jobs")
    async def all_jobs(request: Request) -> list[dict[str, Any]]:
        """The last jobs that this key has started, newest first; without a key, those that were started without one."""
        return [job.as_json() for job in jobs.all(owner=_owner(request))]

    @routes.get("/v1/jobs/{id}", response_model=schemas.Job, responses=missing, operation_id="get_job")
    async def one_job(id: _Id, request: Request) -> dict[str, Any]:
        """How far a job is."""
        return found(id, request).as_json()

    @routes.post("/v1/jobs/{id}/cancel", response_model=schemas.Job, responses=missing, operation_id="cancel_job")
    async def cancel(id: _Id, request: Request) -> dict[str, Any]:
        """End a job; what it already stored stays. A job that has ended stays as it is."""
        job = found(id, request)
        await jobs.cancel(job)
        return job.as_json()

    streamed: dict[int | str, dict[str, Any]] = {200: {"content": {EVENT_STREAM: {"schema": _EVENT}}}}

    @routes.get(
        "/v1/jobs/{id}/events",
        response_class=Response,
        responses=streamed
        | {204: {"description": "The stream that ended with this Last-Event-ID is complete"}}
        | missing,
        operation_id="watch_job",
    )
    async def watch(id: _Id, request: Request, last_event_id: schemas.LastEventId = "") -> Response:
        """A job's progress as server-sent events `progress`, ended by `done`."""
        if last_event_id == "done":
            return Response(status_code=204)
        return event_stream(_events(jobs, found(id, request)))


async def _events(jobs: Jobs, job: Job) -> AsyncIterator[bytes]:
    async with aclosing(jobs.watch(job)) as said:
        async for event in said:
            yield KEEPALIVE_COMMENT if event is None else encoded("progress", event)
    yield encoded("done", job.as_json())


def refuse_private(url: str) -> None:
    """Pass for an address that may be public.

    Raises:
        HTTPException: 403 if it is not http(s), carries a password, or names a machine that is not public.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise HTTPException(403, "one of the urls is not an address") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None or port not in _PORTS:
        # the address itself is not repeated: it may hold a password
        raise HTTPException(403, "an address must be plain public http(s), on port 80 or 443, without a password")
    if not is_public_name(host.lower()):
        raise HTTPException(403, f"{host[:80]!r} is not a public host")
