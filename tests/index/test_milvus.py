"""What is Milvus's alone: its address, its sentences when something is wrong, what a killed build leaves, a server."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import build
from assistant.errors import SettingsError
from assistant.settings import Settings, read
from index.errors import EngineError
from index.milvus import Milvus
from index.milvus_store import Address, Names, Store, create, dates, put, text
from index.search import HybridSearcher
from index.serving import Serving
from tests.parts import HashEmbedder, document

DOCUMENTS = [document(f"The ranker scores candidate {n}.", id=f"doc-{n}") for n in range(5)]


def test_an_address_is_a_server_with_what_opens_it_or_a_file() -> None:
    assert Address.of("milvus+http://10.0.0.1:19530") == Address("http://10.0.0.1:19530")
    assert Address.of("milvus+https://me:p%40ss@host:443/prod") == Address("https://host:443", "me:p@ss", "prod")
    assert Address.of("/data/index.db") == Address("/data/index.db")


@pytest.mark.parametrize(
    "wrong", ["http://host:19530", "milvus+http://", "milvus+/data/index.db", "elastic://host", "/data/index"]
)
def test_a_setting_that_is_no_address_is_refused(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NINESTEP_INDEX", wrong)
    with pytest.raises(SettingsError, match=r"NINESTEP_INDEX is .* wanted milvus\+http://host:19530"):
        read()


def test_a_server_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(EngineError, match=rf"Milvus at http://127.0.0.1:{port} cannot be reached .* start it"):
        Milvus(f"milvus+http://127.0.0.1:{port}", tmp_path, home=tmp_path)


def test_without_the_extra_the_sentence_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['pymilvus'] = None\n"
        "from index.milvus_store import Address, Store\n"
        "Store(Address.of('milvus+http://127.0.0.1:1'))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "EngineError" in shown.stderr
    assert "pip install 'ninestep[milvus]'" in shown.stderr


def test_the_client_is_not_loaded_where_nothing_asks_for_it() -> None:
    script = "import sys, assistant.build; print('pymilvus' in sys.modules, 'grpc' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False"]


def test_a_date_stands_for_all_days_that_it_may_mean() -> None:
    assert dates("2019-06") == {"earliest": "2019-06", "latest": "2019-06-99"}
    assert dates("") == {"earliest": "", "latest": ""}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    opened = Store(Address(str(tmp_path_factory.mktemp("parts") / "parts.db")))
    create(opened, Names("parts", "0" * 16), dimension=4)
    opened("load_collection", Names("parts", "0" * 16).parts)
    return opened


@given(st.text(max_size=50).map(lambda drawn: drawn * 900))
def test_a_text_of_any_length_comes_back_as_it_was(store: Store, drawn: str) -> None:
    parts = Names("parts", "0" * 16).parts
    put(store, parts, [("key", "before"), (drawn[:40], drawn)])
    assert text(store, parts, drawn[:40]) == drawn
    assert text(store, parts, "another" + drawn[:40]) is None


def test_what_a_killed_build_left_is_replaced_and_old_generations_go(tmp_path: Path) -> None:
    made = Milvus(str(tmp_path / "m.db"), tmp_path, home=tmp_path)
    first = made.build(DOCUMENTS, embedder=HashEmbedder()).id
    store = made._store
    store("drop_collection", f"ninestep_{first}_parts")  # as if killed before the manifest was written
    create(store, Names("ninestep", first), dimension=64)
    assert made.build(DOCUMENTS, embedder=HashEmbedder()).id == first
    for count in (2, 3):
        made.build(DOCUMENTS[:count], embedder=HashEmbedder())
    kept = {name.split("_")[1] for name in store("list_collections")}
    assert len(kept) == 2
    assert made.current() in kept
    assert first not in kept


def test_a_folder_of_a_home_has_an_index_of_its_own(tmp_path: Path) -> None:
    setting = str(tmp_path / "m.db")
    home, own = (Milvus(setting, root, home=tmp_path) for root in (tmp_path, tmp_path / "eval" / "golden"))
    home.build(DOCUMENTS[:2], embedder=HashEmbedder())
    assert own.current() is None
    own.build(DOCUMENTS, embedder=HashEmbedder())
    assert home.open_current().manifest.documents == 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(tmp_path / "data"), "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"milvus+http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(timeout=30)


def _wait(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


@pytest.mark.slow
def test_two_processes_share_a_server_and_see_a_new_generation(server: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, index=server)
    serving = Serving(tmp_path, HashEmbedder(), engine=build.engine(settings))
    script = (
        "import sys; from pathlib import Path\n"
        "from index.milvus import Milvus\n"
        "from tests.index.test_milvus import DOCUMENTS, HashEmbedder\n"
        "home = Path(sys.argv[2])\n"
        "made = Milvus(sys.argv[1], home, home=home).build(DOCUMENTS[: int(sys.argv[3])], embedder=HashEmbedder())\n"
        "print(made.id)"
    )
    for count in (2, 4):
        command = [sys.executable, "-c", script, server, str(tmp_path), str(count)]
        built = subprocess.run(command, capture_output=True, text=True, check=True)
        assert serving.current() == built.stdout.strip()
        with serving.generation() as held:
            assert len(HybridSearcher(held, HashEmbedder()).search("ranker candidate", k=9)) == count
