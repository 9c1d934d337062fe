"""A real `ninestep serve` process over the field guide, shared by the tests of its doors."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.assistant.api.server import Served, serve


@pytest.fixture(scope="session")
def served(guide_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on loopback with a home of its own, without keys."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(guide_home, home)
    with serve(home) as running:
        yield running


@pytest.fixture
def api(served: Served) -> Iterator[httpx.Client]:
    """A client of that server."""
    with served.client() as client:
        yield client
