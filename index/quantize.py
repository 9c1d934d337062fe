"""Eight-bit matrices in a compiled model, for texts that are encoded one at a time.

A query has too few word pieces to keep a core busy: its time goes into fetching weights and multiplying by them in 32
bits. Weights are stored in eight bits with a scale per output (symmetric, rounded to nearest), and OpenVINO quantises
what they are multiplied with while it runs, in groups. No calibration data; Dettmers et al., NeurIPS 2022, describe the
scheme without the outliers, which a model of this size does not have.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Values of an activation that share a scale. Compared by cosine with 32 bits over questions, and by the clock, 32 takes
# a tenth more time than 64, and 128 loses half as much again.
GROUP = 64

_LARGEST = 127
_MATRIX = 10_000  # weights; below, nothing is gained
_INSTRUCTIONS = ("avx512_vnni", "avx_vnni", "amx_int8")


def pays() -> bool:
    """Whether this processor multiplies eight-bit integers by instructions of their own.

    Others would have to turn the weights back first, which takes longer than 32 bits throughout.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").partition("flags")[2]
    except OSError:
        return False
    known = flags.partition("\n")[0].split()
    return any(name in known for name in _INSTRUCTIONS)


def rounded(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix (outputs, inputs) in eight bits, and its scales (outputs, 1): their product is the matrix again."""
    scales = np.maximum(np.abs(weights).max(axis=1, keepdims=True), np.finfo(np.float32).tiny) / _LARGEST
    return np.rint(weights / scales).astype(np.int8), scales.astype(np.float32)


def quantise(model: Any) -> int:  # noqa: ANN401 - openvino ships no types
    """Replace the matrices of an OpenVINO model, in place; returns how many there were."""
    from openvino import opset13

    replaced = 0
    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul" or not node.get_attributes().get("transpose_b"):
            continue
        weights = node.input(1).get_source_output().get_node()
        if weights.get_type_name() != "Constant":
            continue
        values = weights.get_data()
        if values.ndim != 2 or values.size < _MATRIX:
            continue
        small, scales = rounded(values)
        wide = opset13.convert(opset13.constant(small), np.float32)
        node.input(1).replace_source_output(opset13.multiply(wide, opset13.constant(scales)).output(0))
        replaced += 1
    return replaced
