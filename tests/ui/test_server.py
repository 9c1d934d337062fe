"""The real server, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]


def wait_for(url: str, accept: Callable[[httpx.Response], bool]) -> httpx.Response:
    for _ in range(600):
        try:
            response = httpx.get(url, timeout=10)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if accept(response):
            return response
        time.sleep(0.1)
    raise AssertionError(f"{url} never gave what was wanted")


def test_the_api_serves_first_the_page_follows_and_the_server_ends_cleanly(guide_home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = os.environ | {"NINESTEP_HOME": str(guide_home), "NINESTEP_PORT": port}
    server = subprocess.Popen([sys.executable, "-m", "ui.cli", "serve"], cwd=ROOT, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", lambda response: response.status_code == 200)
        page = wait_for(f"http://127.0.0.1:{port}/", lambda response: "gradio" in response.text)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json()["status"] == "ready"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


_HUNG = """
import threading
from ui import up

threading.Thread(target=threading.Event().wait, daemon={daemon}).start()
raise SystemExit(up.ended({lost}))
"""


@pytest.mark.parametrize(("lost", "code"), [(["work.py:1 in wait"], 1), ([], 0)])
def test_a_stopped_server_leaves_threads_that_hang_behind(lost: list[str], code: int) -> None:
    script = _HUNG.format(daemon=not lost, lost=lost)
    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert child.returncode == code
    assert (b"left behind: work.py:1 in wait" in child.stderr) == bool(lost)
