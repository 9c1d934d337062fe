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
    """Replace the matrices of an OpenVINO model, in place; returns how many there were.

    Query, key and value of an attention multiply one input, which is then quantised once for all three.
    """
    products: dict[str, list[Any]] = {}
    for node in model.get_ordered_ops():
        if node.get_type_name() == "MatMul" and _weights(node) is not None:
            products.setdefault(node.input(0).get_source_output().get_node().get_friendly_name(), []).append(node)
    for alike in products.values():
        weights = [values for node in alike if (values := _weights(node)) is not None]
        biases = [values for node in alike if (values := _bias(node)) is not None]
        if len(alike) == len(biases) > 1:
            _replace_together(alike, np.concatenate(weights), biases)
        else:
            for node, values in zip(alike, weights, strict=True):
                node.input(1).replace_source_output(_small(values))
    model.validate_nodes_and_infer_types()
    return sum(map(len, products.values()))


def _replace_together(products: list[Any], weights: NDArray[np.float32], biases: list[NDArray[np.float32]]) -> None:
    """One product with the matrices under each other, split again after the biases are added."""
    from openvino import opset13

    source = products[0].input(0).get_source_output()
    together = opset13.matmul(source, _small(weights), transpose_a=False, transpose_b=True)
    added = opset13.add(together, opset13.constant(np.concatenate(biases)))
    lengths = opset13.constant(np.array([len(one) for one in biases], dtype=np.int64))
    parts = opset13.variadic_split(added, opset13.constant(np.int64(-1)), lengths)
    for place, node in enumerate(products):
        for reader in _sum(node).output(0).get_target_inputs():
            reader.replace_source_output(parts.output(place))


def _weights(product: Any) -> NDArray[np.float32] | None:  # noqa: ANN401
    """The matrix of a product, shape (outputs, inputs); None where it is none worth replacing."""
    source = product.input(1).get_source_output().get_node()
    if source.get_type_name() != "Constant" or not product.get_attributes().get("transpose_b"):
        return None
    values: NDArray[np.float32] = source.get_data()
    return values if values.ndim == 2 and values.size >= _MATRIX else None


def _outputs(product: Any) -> int:  # noqa: ANN401
    return int(product.get_output_partial_shape(0)[-1].get_length())


def _sum(product: Any) -> Any:  # noqa: ANN401
    """What alone reads a product, where that adds something to it."""
    readers = list(product.output(0).get_target_inputs())
    after = readers[0].get_node() if len(readers) == 1 else None
    return after if after is not None and after.get_type_name() == "Add" else None


def _bias(product: Any) -> NDArray[np.float32] | None:  # noqa: ANN401
    """The constant that is added to a product, one value an output."""
    after = _sum(product)
    sources = [] if after is None else [one.get_source_output().get_node() for one in after.inputs()]
    constants = [one.get_data().ravel() for one in sources if one.get_type_name() == "Constant"]
    return constants[0] if constants and constants[0].size == _outputs(product) else None


def _small(weights: NDArray[np.float32]) -> Any:  # noqa: ANN401
    from openvino import opset13

    small, scales = rounded(weights)
    wide = opset13.convert(opset13.constant(small), np.float32)
    return opset13.multiply(wide, opset13.constant(scales)).output(0)
