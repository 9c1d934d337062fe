"""A fork beside a matrix product, in a process of its own: it hung within a second, where OpenBLAS had threads."""

import subprocess
import sys

from threadpoolctl import threadpool_info

from index import blas

_FORKS = 300
_SECONDS = 120
_BESIDE = f"""
import contextlib, os, sys, threading
import numpy as np
from index import blas

vectors = np.random.default_rng(0).random((200, 384), dtype=np.float32)
done = [0, 0]

def multiply(number):
    while True:
        vectors @ vectors.T
        done[number] += 1

with blas.on_one_thread() if sys.argv[1] == "one" else contextlib.nullcontext():
    for number in (0, 1):
        threading.Thread(target=multiply, args=(number,), daemon=True).start()
    for _ in range({_FORKS}):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    before = list(done)
    while min(now - then for now, then in zip(done, before)) < 2:
        pass
    os._exit(0)
"""


def _beside(threads: str, *, seconds: float) -> int:
    return subprocess.run([sys.executable, "-c", _BESIDE, threads], timeout=seconds, check=False).returncode


def test_products_go_on_while_the_process_forks() -> None:
    assert _beside("one", seconds=_SECONDS) == 0


def test_blas_has_its_threads_again_after_the_block() -> None:
    before = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    with blas.on_one_thread():
        inside = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    assert before
    assert set(inside) == {1}
    assert [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"] == before
