"""A question to a process of its own: bytes on its standard input, JSON on its standard output.

What may be hostile is read there. The child caps its own memory before it reads a byte; here its time is capped, and
an end without an answer is a typed reason.
"""

import json
import subprocess
import sys
from typing import Any

from ingest.errors import ExtractError
from ingest.types import Reason


def ask(module: str, *arguments: str, body: bytes, url: str, seconds: float, memory: int) -> dict[str, Any]:
    """Run a module on some bytes.

    Args:
        module: Its name.
        arguments: Of its command line.
        body: What it reads.
        url: Where the bytes came from; named in messages.
        seconds: Time that it may take.
        memory: Bytes that it allows itself; named in messages.

    Raises:
        ExtractError: If it took longer, or ended without an answer.
    """
    command = [sys.executable, "-m", module, *arguments]
    try:
        ran = subprocess.run(command, input=body, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise ExtractError(f"{url} took more than {seconds:.0f} s to read", reason=Reason.OVER_LIMITS) from error
    try:
        return dict(json.loads(ran.stdout))
    except ValueError as error:
        message = f"{url} could not be read within {memory // 2**20} MB (exit {ran.returncode})"
        raise ExtractError(message, reason=Reason.OVER_LIMITS) from error
