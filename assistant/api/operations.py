"""/healthz, /readyz and /metrics: for whoever runs the server.

Alive means that the process answers and none of its threads hangs; ready means that an index is open, fits the model,
and the model is warm. A server that is alive and not ready should be left alone, one that is not alive restarted.
"""

import logging
from collections import Counter

from fastapi import APIRouter, Response

from assistant.api import metrics, problems, schemas
from assistant.api.core import Core
from assistant.api.library import source_rows
from assistant.errors import LostError
from index.errors import SearchError
from ingest.errors import IngestError

_LOG = logging.getLogger("ninestep.api")


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", operation_id="is_alive", responses=problems.responses(503))
    async def alive() -> schemas.Alive:
        """The process is alive."""
        if lost := core.lost():
            places = "; ".join(sorted(set(lost)))
            _LOG.error("threads hang, restart the server: %s", places)
            raise LostError(f"threads that do not end, long after their time: {len(lost)}; restart the server")
        return schemas.Alive()

    @routes.get("/readyz", operation_id="is_ready", responses=problems.responses(503, 504))
    async def ready() -> schemas.Ready:
        """An index is open and the model is warm."""
        return schemas.Ready(generation=await core.read(core.assistant.warm))

    @routes.get(
        "/metrics",
        operation_id="get_metrics",
        response_class=Response,
        responses=problems.responses(503, 504) | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def measured() -> Response:
        """Counters and histograms in Prometheus' text format."""
        return Response(await core.read(lambda: _page(core)), media_type=metrics.CONTENT_TYPE)

    return routes


def _page(core: Core) -> bytes:
    for name, pool in (("questions", core.questions), ("searches", core.searches), ("reading", core.reading)):
        core.metrics.pool(name, taken=pool.taken, places=pool.places, lost=len(pool.lost()))
    try:
        manifest = core.assistant.manifest()
        sources = Counter(row.status for row in source_rows(core))
        core.metrics.library(
            generation=manifest.id, model=manifest.model, documents=manifest.documents, sources=sources
        )
    except (SearchError, IngestError):
        core.metrics.library(generation="none", model="none", documents=0, sources={})
    return core.metrics.page()
