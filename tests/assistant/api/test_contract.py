"""The OpenAPI document is the contract: schemathesis holds the running server to all of it."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.assistant.api.server import Served

pytestmark = pytest.mark.model

_RUN = [
    sys.executable, "-m", "schemathesis.cli", "run", "--checks", "all", "--mode", "all", "--max-examples", "8",
    "--continue-on-failure", "--no-color", "--generation-database", "none",
]  # fmt: skip


@pytest.mark.slow
def test_schemathesis_finds_no_difference_between_document_and_server(served: Served, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    told = subprocess.run(
        [*_RUN, f"{served.address}/openapi.json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    assert "Selected: 22/22" in told.stdout


def test_every_operation_tells_its_errors_and_every_request_shows_an_example(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) == 22
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert {"400", "401", "403", "413", "429"} <= set(operation["responses"])
        for status, response in operation["responses"].items():
            if status >= "4":
                assert "application/problem+json" in response["content"]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            assert schemas[body["schema"]["$ref"].rpartition("/")[2]]["examples"]
