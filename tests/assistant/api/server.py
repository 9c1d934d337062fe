"""Starts `ninestep serve` as its user does, in a process of its own, with no way to the network."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-c", "import sys; from ui.cli import main; sys.exit(main(sys.argv[1:]))")
NOWHERE = "http://127.0.0.1:9"  # nothing listens on the discard port: every fetch is refused at once


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    address: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=60, headers=headers, trust_env=False)

    def send(self, text: bytes, *, seconds: float = 30) -> bytes:
        """Write bytes to a connection of their own; returns everything that comes back until it is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(text)
            return read_all(connection)

    def resident(self) -> int:
        """Memory in use, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def stop(self) -> int:
        """Ask it to stop, as a service manager does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def read_all(connection: socket.socket) -> bytes:
    """Everything that still comes over a connection."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Of a process that uses a home and finds no network."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NINESTEP_")}
    return kept | proxies | {"NINESTEP_HOME": str(home), "PYTHONPATH": str(ROOT)} | settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(home: Path, **settings: str) -> Iterator[Served]:
    """Serve a home until the end of the block."""
    port, log = free_port(), home.parent / f"{home.name}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)], env=environment(home, **settings), stderr=written
        )
    running = Served(f"http://127.0.0.1:{port}", home, log, process)
    try:
        _wait(running)
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(running: Served) -> None:
    until = time.monotonic() + 120
    with running.client() as client:
        while time.monotonic() < until and running.process.poll() is None:
            try:
                client.get("/healthz").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
    raise AssertionError(f"the server never answered: {running.log.read_text()}")
