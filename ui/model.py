"""Whether the language model that words answers can be reached, as a reader sees it."""

import threading
import time

_SECONDS = 2.0
_FRESH_SECONDS = 20.0  # every open page asks; the endpoint is asked once in that time


class ModelStatus:
    """Asks an OpenAI-compatible endpoint now and then.

    Args:
        url: Up to and with `/v1`.
        name: The model's name there.
        key: Sent as a bearer token where it is not empty.
    """

    def __init__(self, url: str, *, name: str, key: str = "") -> None:
        self.name = name
        self._url = f"{url.rstrip('/')}/models"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._lock = threading.Lock()
        self._known: tuple[float, bool] | None = None

    def is_ready(self) -> bool:
        """Whether it answered within two seconds; known for twenty."""
        with self._lock:
            now = time.monotonic()
            if self._known is None or now - self._known[0] > _FRESH_SECONDS:
                self._known = (now, self._answers())
            return self._known[1]

    def _answers(self) -> bool:
        import httpx

        try:
            return httpx.get(self._url, headers=self._headers, timeout=_SECONDS).is_success
        except httpx.HTTPError:
            return False
