"""A run that is killed at any moment has lost nothing that was stored, and the next one completes.

Real processes, the real command, a web of this machine as their proxy; the moments are drawn anew each time, and a
failure names them. Standard harness for work on the pipeline: `python -m pytest tests/ingest/test_kill.py`.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest import archive
from ingest.archive import Archive
from tests.ingest.web import Page, Web

KILLS = 10
SOURCES = 24


def web() -> Web:
    pages = {}
    for number in range(SOURCES):
        words = " ".join(f"Sentence {number}-{n} says what stage {n} of system {number} does." for n in range(60))
        body = f"<html><title>System {number}</title><body><article><h1>System {number}</h1><p>{words}</p></article></body></html>"
        pages[f"host{number % 6}.example/system-{number}"] = Page(body.encode(), etag=f'"{number}"')
    return Web(pages)


def command(home: Path, served: Web) -> subprocess.Popen[str]:
    names = [f"http://{address}" for address in served.pages]
    environment = os.environ | {
        "NINESTEP_HOME": str(home),
        "HTTP_PROXY": f"http://127.0.0.1:{served.port}",
        "http_proxy": f"http://127.0.0.1:{served.port}",
        "NO_PROXY": "",
    }
    line = [sys.executable, "-c", "import sys; from ui.cli import main; sys.exit(main())", "ingest", "--json", *names]
    return subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )


def stored(home: Path) -> dict[str, str]:
    path = home / "library.sqlite"
    if not path.exists():
        return {}
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        found = connection.execute("SELECT id, text FROM documents").fetchall() if "documents" in tables else []
    finally:
        connection.close()
    return dict(found)


@pytest.mark.slow
def test_ten_kills_lose_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    moments = [random.uniform(0.3, 6.0) for _ in range(KILLS)]
    before: dict[str, str] = {}
    with web() as served:
        for moment in moments:
            process = command(home, served)
            with process:
                time.sleep(moment)
                os.killpg(process.pid, signal.SIGKILL)
            now = stored(home)
            assert before.items() <= now.items(), f"lost something, killed after {moments}"
            before = now
        with command(home, served) as process:
            told = json.loads(process.communicate()[0])
        assert process.returncode == 0
        assert told["failed"] == []
        assert len(stored(home)) == SOURCES
        assert before.items() <= stored(home).items()
        with command(home, served) as process:
            again = json.loads(process.communicate()[0])
        assert again["changed"] == []
        assert sum(served.unchanged.values()) >= SOURCES
    kept = Archive(home / "archive").files()
    bodies = {snapshot.url: snapshot.body for path in kept for snapshot in archive.read(path)}
    assert len([url for url in bodies if "/system-" in url]) == SOURCES
