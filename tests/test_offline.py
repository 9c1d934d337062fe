"""With every way out blocked: import, build from the field guide, search, ask and load the page."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

SCRIPT = """
import socket, sys

LOCAL = ("127.0.0.1", "::1", "localhost")
tried = []


def guarded(real):
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL:
            tried.append(address)
            raise OSError("blocked: " + repr(address))
        return real(self, address)

    return connect


def resolve(host, *rest, real=socket.getaddrinfo, **options):
    if host not in (*LOCAL, None, b"127.0.0.1"):
        tried.append(host)
        raise socket.gaierror("blocked: " + repr(host))
    return real(host, *rest, **options)


socket.socket.connect = guarded(socket.socket.connect)
socket.socket.connect_ex = guarded(socket.socket.connect_ex)
socket.getaddrinfo = resolve

from pathlib import Path

from fastapi.testclient import TestClient

from assistant import build
from assistant.settings import Settings
from ui import up
from ui.server import create

settings = Settings(home=Path(sys.argv[1]))
manifest = up.index(settings, log=lambda text: None)
assert manifest.documents > 20, manifest
assistant = build.assistant(settings)
client = TestClient(create(assistant, library_path=build.library_path(settings)))
found = client.post("/v1/search", json={"query": "negative sampling"}).json()
assert found["hits"], found
answer = client.post("/v1/ask", json={"question": "Design a fraud detection system"}).json()
assert answer["kind"] == "answer" and len(answer["sections"]) == 9, answer
page = client.get("/")
assert page.status_code == 200 and "gradio" in page.text
assert client.get("/docs").status_code == 200
assert not tried, tried
print("offline")
"""


@pytest.mark.slow
def test_nothing_leaves_the_machine_from_import_to_answer(guide_home: Path, tmp_path: Path) -> None:
    shutil.copytree(guide_home / "cache", tmp_path / "cache")  # vectors that were computed before; the build is new
    shown = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert shown.stdout.strip().endswith("offline"), shown.stderr[-3000:]
