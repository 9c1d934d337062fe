"""The arrows of the architecture: a package imports only what stands left of it, and `--help` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ["ingest", "index", "assistant", "eval", "ui"]
HEAVY = {"torch", "faiss", "sentence_transformers", "gradio", "openvino", "trafilatura", "pypdfium2", "fastapi"}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", ORDER)
def test_a_package_imports_only_what_stands_left_of_it(package: str) -> None:
    right_of_it = set(ORDER[ORDER.index(package) + 1 :]) | {"tests"}
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules, f"no modules found in {package}"
    for path in modules:
        assert not imported(path) & right_of_it, path


def test_help_loads_no_heavy_library() -> None:
    script = "import sys, ui.cli\ntry: ui.cli.main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in shown.stdout.splitlines()[-1].split()}
    assert "ui" in loaded
    assert not loaded & HEAVY
