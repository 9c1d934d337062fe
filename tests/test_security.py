"""What SECURITY.md promises about the code and its dependencies, and that every test that it names is there."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import embed
from index.errors import ModelError

ROOT = Path(__file__).parent.parent
PACKAGES = ("ingest", "index", "assistant", "eval", "ui")
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "torch.load",
    "yaml.load",
    "yaml.unsafe_load",
}
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def dangers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in CALLS:
                yield ast.unparse(node.func)
            unsafe = {"shell": True, "allow_pickle": True, "trust_remote_code": True, "weights_only": False}
            for given in node.keywords:
                if given.arg in unsafe and getattr(given.value, "value", None) is unsafe[given.arg]:
                    yield f"{given.arg}={unsafe[given.arg]}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_can_run_what_it_reads(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        assert list(dangers(ast.parse(path.read_text(encoding="utf-8")))) == [], path


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "eval(x)",
        "yaml.load(x)",
        "run(x, shell=True)",
        "f(x, allow_pickle=True)",
    ],
)
def test_the_look_for_dangers_sees_them(code: str) -> None:
    assert len(list(dangers(ast.parse(code)))) == 1


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", SECURITY))
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 25
    assert [name for name in sorted(named) if f"def {name}(" not in written] == []


def test_every_threat_names_its_test() -> None:
    rows = [
        line for line in SECURITY.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "| ---"))
    ]
    assert len(rows) >= 20
    assert [row for row in rows if not row.split(" | ")[2].startswith("`test_")] == []


def test_every_dependency_is_pinned_with_its_hashes() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    pins = {}
    for block in blocks:
        if block.startswith("#"):
            continue
        name, version = re.match(r"([\w.-]+)==([\w.!+]+)", block).groups()  # type: ignore[union-attr]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), name
        pins[name.lower().replace("_", "-")] = version
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    constraints = {one.partition("==")[0].lower().replace("_", "-"): one.partition("==")[2] for one in lines}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.match(r"[\w.-]+", one).group().lower() for one in wanted}  # type: ignore[union-attr]
    assert names - {"torch"} <= set(pins)
    assert {name: version for name, version in pins.items() if constraints.get(name) != version} == {}
    assert "torch" in constraints


def test_weights_that_are_pickles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04\x95cposix\nsystem\n")
    with pytest.raises(ModelError, match=r"no weights \(\*\.safetensors\)"):
        embed.load(str(tmp_path), cache=tmp_path / "cache")
