"""Children for a fuzz campaign without the start of an interpreter each: a small process that forks one an input.

`ingest.child` starts `python -m MODULE` for every file; most of a small file's time is that start. Here one process
has the module imported and forks: the child caps itself, reads standard input and answers on standard output as ever.
What this leaves out, the start itself, a campaign still does for one input in a hundred.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

_POLL = 0.0005  # seconds


class Zygote:
    """One process that forks children of one module; `more` names what they would import."""

    def __init__(self, module: str, *more: str) -> None:
        asked, self._ask = os.pipe()
        self._told, told = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.zygote", module, str(asked), str(told), *more],
            pass_fds=(asked, told), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(asked)
        os.close(told)
        self._folder = tempfile.TemporaryDirectory(prefix="ninestep-zygote-")
        self._lines = os.fdopen(self._told, encoding="utf-8")

    def run(self, arguments: Sequence[str], body: bytes, *, seconds: float) -> subprocess.CompletedProcess[bytes]:
        """As `subprocess.run` with `input` and `capture_output`.

        Raises:
            subprocess.TimeoutExpired: If the child took longer; it is dead then.
        """
        given, answered = Path(self._folder.name, "in"), Path(self._folder.name, "out")
        given.write_bytes(body)
        told = {"arguments": list(arguments), "in": str(given), "out": str(answered), "seconds": seconds}
        os.write(self._ask, f"{json.dumps(told)}\n".encode())
        line = self._lines.readline()
        if not line:
            raise RuntimeError(f"the zygote ended (exit {self._process.wait()})")
        code = json.loads(line)
        if code is None:
            raise subprocess.TimeoutExpired(list(arguments), seconds)
        return subprocess.CompletedProcess(list(arguments), code, answered.read_bytes(), b"")

    def close(self) -> None:
        """End the process."""
        os.close(self._ask)
        self._process.wait()
        self._lines.close()
        self._folder.cleanup()


@cache
def of(module: str, *more: str) -> Zygote:
    """The one of a module, for as long as this process runs; `more` is what its children would import."""
    return Zygote(module, *more)


def main() -> None:
    """Import the module and what it will import, then fork for every line of the first descriptor; answer on the second."""
    module, asked, told = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    child = import_module(module)
    for name in sys.argv[4:]:
        import_module(name)
    with os.fdopen(asked, encoding="utf-8") as lines:
        for line in lines:
            os.write(told, f"{json.dumps(_forked(child.main, json.loads(line)))}\n".encode())


def _forked(run: Callable[[], None], task: dict[str, Any]) -> int | None:
    """The exit code of a child that was forked for a task; None if it took too long."""
    child = os.fork()
    if not child:
        _be_child(run, task)
    end = time.monotonic() + task["seconds"]
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_POLL)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _be_child(run: Callable[[], None], task: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        os.dup2(os.open(task["in"], os.O_RDONLY), 0)
        os.dup2(os.open(task["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        sys.argv[1:] = task["arguments"]
        run()
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)  # also after an exception: as an interpreter's exit, without its clean-up


if __name__ == "__main__":
    main()
