"""Serving, and what `make run` does: index the guide if nothing is indexed, serve, and fetch the sources meanwhile.

The fetching runs in a child process at low priority: it shares nothing with the questions but the disk. When it is
done it indexes, and the server picks the new generation up by itself.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from assistant import build
from assistant.errors import SettingsError
from assistant.settings import Settings
from index.building import BuildProgress
from index.engine import Engine
from index.errors import SearchError
from index.manifest import Manifest
from ingest.library import Library

if TYPE_CHECKING:
    import uvicorn

    from assistant.answer import Assistant
    from ui.model import ModelStatus

Log = Callable[[str], None]

_NICE = 15
_PAGE_SECONDS = 8.0  # the page loads in about that; the library's update waits for it


def index(settings: Settings, *, log: Log) -> Manifest:
    """Bring the field guide into the library and index all of it.

    Raises:
        IngestError: If the guide or the library cannot be read.
        SearchError: If the model cannot be loaded or the index does not pass validation; the old one serves on.
    """
    from ingest import pipeline

    embedder = build.embedder(settings)

    def report(progress: BuildProgress) -> None:
        log(f"embedding {progress.stage}: {progress.done} of {progress.total}")

    with Library(build.library_path(settings)) as library:
        pipeline.sync_guide(library)
        return _engine(settings).build(library.documents(), embedder=embedder, report=report)


def run(settings: Settings) -> int:
    """Serve, and bring the library up to date meanwhile.

    On an empty home the formula's chapters are indexed first, which takes seconds and answers any design question; the
    rest of the guide and the listed sources follow in the background.
    """
    _claim_port(settings)
    if _engine(settings).stamp() is None:
        _log("indexing the first chapters of the field guide, once …")
        _index_first_chapters(settings)
    children: list[subprocess.Popen[str]] = []
    try:
        return _serve(settings, on_ready=lambda: children.append(_update_in_background()))
    finally:
        for child in children:
            child.terminate()
            child.wait(timeout=10)


def serve(settings: Settings) -> int:
    """Serve chat and API until stopped.

    Raises:
        NoIndexError: If nothing is indexed yet.
        SettingsError: If the port is taken.
    """
    return _serve(settings, on_ready=lambda: None)


def speak(settings: Settings) -> int:
    """Serve the Model Context Protocol on standard input and output until the other side hangs up.

    Raises:
        NoIndexError: If nothing is indexed yet.
    """
    from assistant.api import app, logs

    _engine(settings).open_sound().close()
    logs.configure("warning")
    app.speak(build.assistant(settings), library_path=build.library_path(settings))
    return 0


def _engine(settings: Settings) -> Engine:
    return build.engine(settings)(settings.home)


def _index_first_chapters(settings: Settings) -> None:
    from ingest import pipeline

    with Library(build.library_path(settings)) as library:
        pipeline.sync_guide(library)
        first = [document for document in library.documents() if document.id.startswith("formula-")]
    _engine(settings).build(first, embedder=build.embedder(settings))


def _serve(settings: Settings, *, on_ready: Callable[[], None]) -> int:
    _want_key(settings)
    _claim_port(settings)
    assistant = build.assistant(settings)
    _engine(settings).open_sound(embedder_digest=assistant.digest).close()
    # The model is compiled by threads that hold no lock, so the imports below cost no further time.
    threading.Thread(target=_warm, args=(assistant,), daemon=True).start()

    from assistant.api import core, listen, logs
    from ui.server import gate

    logs.configure(settings.log_level)
    app = gate(
        assistant, library_path=build.library_path(settings), policy=core.policy(settings), model=_model(settings)
    )
    server = listen.server(app, host=settings.host, port=settings.port, on_stop=app.state.jobs.stop_watching)
    threading.Thread(target=_when_started, args=(server, settings, on_ready), daemon=True).start()
    server.run()
    return ended(app.state.core.lost())


def ended(lost: Sequence[str]) -> int:
    """The exit code of a server that has stopped; threads that hang are left behind, or its end would wait for them.

    Args:
        lost: Where each of them stands.
    """
    if lost:
        _log(f"threads that hang are left behind: {'; '.join(lost)}")
        os._exit(1)
    return 0


def _model(settings: Settings) -> "ModelStatus | None":
    from ui.model import ModelStatus

    if not settings.llm_url:
        return None
    return ModelStatus(settings.llm_url, name=settings.llm_model, key=settings.llm_key.get_secret_value())


def _when_started(server: "uvicorn.Server", settings: Settings, on_ready: Callable[[], None]) -> None:
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.1)
    _log(f"ninestep serves on http://{settings.host}:{settings.port}")
    time.sleep(_PAGE_SECONDS)
    on_ready()


def _warm(assistant: "Assistant") -> None:
    """Begin with what /readyz waits for, and tells of where it fails."""
    with suppress(SearchError):
        assistant.warm()


def _want_key(settings: Settings) -> None:
    """A server that others can reach serves nobody without a key; say so before it starts."""
    if not settings.is_local and not build.keys(settings):
        raise SettingsError(
            f"NINESTEP_HOST is {settings.host!r}, which others can reach, and there is no API key yet; make one with "
            "`ninestep keys add NAME`, or unset NINESTEP_HOST"
        )


def _claim_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"{settings.host}:{settings.port} cannot be bound ({error.strerror}); stop what runs there or set "
                "NINESTEP_PORT to another port"
            ) from error


def _update_in_background() -> "subprocess.Popen[str]":
    """Index the whole guide, fetch the sources and index again, in a child; its lines go to standard error."""
    script = (
        "import sys; from ui.cli import main; "
        "main(['index']) or main(['ingest', '--all', '--due']); sys.exit(main(['index']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_lower_priority,
    )
    threading.Thread(target=_relay, args=(child,), daemon=True).start()
    return child


def _relay(child: "subprocess.Popen[str]") -> None:
    if child.stdout is not None:
        for line in child.stdout:
            _log(f"library: {line.rstrip()}")


def _log(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _lower_priority() -> None:
    os.nice(_NICE)
