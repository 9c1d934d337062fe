from pathlib import Path

import numpy as np
import pytest

from index import quantize


def test_a_rounded_matrix_is_the_matrix_to_half_a_step() -> None:
    weights = np.random.default_rng(3).standard_normal((7, 50)).astype(np.float32)
    weights[2] = 0
    small, scales = quantize.rounded(weights)
    assert small.dtype == np.int8
    assert (np.abs(small * scales - weights) <= scales / 2 + 1e-7).all()
    assert (np.abs(small).max(axis=1) == np.where(weights.any(axis=1), 127, 0)).all()


@pytest.mark.model
def test_every_matrix_of_the_default_model_is_replaced_and_its_tables_are_not(guide_home: Path) -> None:
    import openvino

    path = next((guide_home / "cache").rglob("model.xml"))
    model = openvino.Core().read_model(path)
    assert quantize.quantise(model) == 36  # six layers: query, key, value, output, and two of the feed-forward part
    matrices = {
        (node.get_element_type().type_name, tuple(node.get_output_shape(0)))
        for node in model.get_ops()
        if node.get_type_name() == "Constant" and len(node.get_output_shape(0)) == 2 and node.get_data().size > 100_000
    }
    assert matrices == {
        ("i8", (3 * 384, 384)),
        ("i8", (384, 384)),
        ("i8", (1536, 384)),
        ("i8", (384, 1536)),
        ("f32", (512, 384)),  # places
        ("f32", (30_522, 384)),  # word pieces
    }
    assert quantize.quantise(model) == 0


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("flags\t\t: fpu avx2 avx512_vnni\n", True),
        ("flags\t\t: fpu avx2\nbugs\t\t: avx512_vnni\n", False),
        ("", False),
    ],
)
def test_what_the_processor_can_is_read_from_its_flags(flags: str, told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: flags)
    assert quantize.pays() is told
