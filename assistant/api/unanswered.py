"""Addresses of the API that no route answers: a problem, whatever page is mounted at the root.

A page mounted at "/" matches every address, so that a router with one never gets to say 405. This route comes before
the page, and after all others.
"""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

PROGRAMS = ("/v1", "/mcp", "/healthz", "/readyz", "/metrics", "/openapi.json")

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def is_program(path: str) -> bool:
    """Whether an address belongs to the API."""
    return any(path == one or path.startswith(f"{one}/") for one in PROGRAMS)


class Unanswered(BaseRoute):
    """Takes what none of these routes took, if it is the API's.

    Args:
        routes: All that come before.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = tuple(routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full for every address of the API."""
        is_ours = scope["type"] == "http" and is_program(scope["path"])
        return (Match.FULL if is_ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **_: object) -> NoMatchFound:  # type: ignore[override]
        """No address is made from this."""
        raise NoMatchFound(name, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - starlette's shape
        """Say which methods there are, or that there is nothing.

        Raises:
            HTTPException: 405 with Allow, or 404.
        """
        allowed = ", ".join(method for method in _METHODS if self._answers(scope, method))
        if allowed:
            detail = f"{scope['method'][:20]} is not answered here; {allowed} is"
            raise HTTPException(405, detail, headers={"Allow": allowed})
        raise HTTPException(404, f"nothing is at {scope['path'][:80]!r}; /docs lists what there is")

    def _answers(self, scope: Scope, method: str) -> bool:
        asked = {**scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in self._routes)
