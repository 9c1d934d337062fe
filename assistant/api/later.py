"""Parts of the server that are heavy to load and not wanted at once: an ASGI application that comes on demand.

It is loaded in a thread while the rest serves, and lives, with its lifespan, until the server ends.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send


class OnDemand:
    """An ASGI application that its first request has loaded; whoever asks meanwhile waits for it.

    Args:
        load: Makes it; runs in a thread.
    """

    def __init__(self, load: Callable[[], Starlette]) -> None:
        self._load = load
        self._wanted = asyncio.Event()
        self._coming: asyncio.Future[Starlette] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, while the server lives.

        Raises:
            RuntimeError: If it does not.
        """
        if self._coming is None:
            raise RuntimeError("this is served only while the server's lifespan runs")
        self._wanted.set()
        application = await asyncio.shield(self._coming)
        await application(scope, receive, send)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """Wait for a first request, and end with the server."""
        self._wanted, closing = asyncio.Event(), asyncio.Event()
        coming = self._coming = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._serve(coming, closing))
        try:
            yield
        finally:
            self._coming = None
            closing.set()
            if not self._wanted.is_set():
                task.cancel()
            await asyncio.wait([task])

    async def _serve(self, coming: "asyncio.Future[Starlette]", closing: asyncio.Event) -> None:
        await self._wanted.wait()
        try:
            application = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - whoever waits for it must be told, whatever it was
            coming.set_exception(error)
            return
        async with application.router.lifespan_context(application):
            coming.set_result(application)
            await closing.wait()
