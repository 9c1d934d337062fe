"""A model of OpenVINO as it runs: for one caller over two cores, for many over one core each, for bulk over all."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import quantize

_WIDE = 2  # threads of a lone request; a query's matrices are too small for more
_SPINNING = 0.0015  # seconds for which the second thread goes on looking for work, and counts as running

Key = TypeVar("Key")
Inputs = tuple[NDArray[Any], ...]


class Compiled:
    """A model with one output. All that is compiled of it shares its weights; safe to call from several threads.

    Args:
        core: Of OpenVINO.
        model: Read by it.
    """

    # Of all models together: of two requests one is alone, and its second thread counts as running for the next.
    _alone: ClassVar[threading.Lock] = threading.Lock()
    _ended: ClassVar[float] = -_SPINNING

    def __init__(self, core: Any, model: Any) -> None:  # noqa: ANN401 - openvino ships no types
        self._core = core
        self._model = model
        self._local = threading.local()

    def run(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        """What the model makes of a batch: by two cores while they have nothing else to do, else by one.

        Two take nearly half the time of one if both are free. If not, they wait for each other.
        """
        spinning = time.perf_counter() - Compiled._ended < _SPINNING
        if has_spare_core(running(), spinning=spinning) and Compiled._alone.acquire(blocking=False):
            try:
                return np.asarray(self._wide.infer(list(inputs))[0])
            finally:
                Compiled._ended = time.perf_counter()
                Compiled._alone.release()
        return np.asarray(self._request().infer(list(inputs))[0])

    def run_all(self, batches: Iterable[tuple[Inputs, Key]], store: Callable[[NDArray[np.float32], Key], None]) -> None:
        """Run in bulk: one stream a core, which does twice the work of one stream over all cores.

        Args:
            batches: The inputs of each, with what tells its output apart.
            store: Takes an output, which is gone afterwards, and that.
        """
        import openvino

        def take(request: Any, key: Key) -> None:  # noqa: ANN401 - openvino ships no types
            store(request.get_output_tensor(0).data, key)

        queue = openvino.AsyncInferQueue(self._narrow)
        queue.set_callback(take)
        for inputs, key in batches:
            queue.start_async(list(inputs), key)
        queue.wait_all()

    def _request(self) -> Any:  # noqa: ANN401 - openvino ships no types
        if not hasattr(self._local, "request"):
            self._local.request = self._narrow.create_infer_request()
        return self._local.request

    @cached_property
    def _wide(self) -> Any:  # noqa: ANN401 - a request, for one caller at a time
        return self._compile(streams=1, threads=_WIDE).create_infer_request()

    @cached_property
    def _narrow(self) -> Any:  # noqa: ANN401 - a compiled model, each request of which takes one thread
        cores = os.cpu_count() or 1
        return self._compile(streams=cores, threads=cores)

    def _compile(self, *, streams: int, threads: int) -> Any:  # noqa: ANN401 - openvino ships no types
        wanted: dict[str, str | bool] = {
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(quantize.GROUP),  # only where weights are in eight bits
            "NUM_STREAMS": str(streams),
            "INFERENCE_NUM_THREADS": str(threads),
            # Pinned, threads wait for their core while another is free: 47 word pieces took 105 ms of a busy machine's
            # clock instead of 94, 20 of them 52 instead of 39.
            "ENABLE_CPU_PINNING": False,
        }
        return self._core.compile_model(self._model, "CPU", wanted)


def has_spare_core(running: int | None, *, spinning: bool, cores: int | None = None) -> bool:
    """Whether a core is free for a second thread.

    Args:
        running: Threads that run at this moment, the one that asks among them; None where the system does not tell.
        spinning: Whether one of them is a second thread of before, which only looks for work.
        cores: Of the machine.
    """
    return running is not None and running - spinning < (cores or os.cpu_count() or 1)


def running() -> int | None:
    """Threads of the machine that run at this moment; None where the system does not tell."""
    try:
        return int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return None
