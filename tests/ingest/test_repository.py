import gzip
import io
import tarfile
from datetime import UTC, datetime

import pytest

from ingest import extract, quality, repository
from ingest.errors import ExtractError
from ingest.structure import Part, Reading
from ingest.types import BlockKind, Reason, Snapshot, Source, SourceKind


def packed(files: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        for path, target in (links or {}).items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return stream.getvalue()


def paths(archive: bytes) -> list[str]:
    return [file.path for file in repository.documents(archive, url="https://x.example/a.tar.gz")]


def test_every_document_is_found_and_nothing_else() -> None:
    wanted = ["README.md", "docs/Nb.ipynb", "paper.pdf", "site/page.html", "notes.txt", "talk.pptx", "a.rst", "t.vtt"]
    others = [
        "main.py",
        "LICENSE",
        "logo.png",
        ".github/x.md",
        "node_modules/y/README.md",
        "requirements.txt",
        "a.md.bak",
    ]
    archive = packed({f"repo-HEAD/{path}": b"x" for path in [*wanted, *others]})
    assert paths(archive) == wanted


def test_paths_that_climb_out_and_links_are_passed_over() -> None:
    archive = packed(
        {"repo/../../etc/x.md": b"x", "/abs/y.md": b"y", "lonely.md": b"z", "repo/ok.md": b"ok"},
        links={"repo/link.md": "/etc/passwd"},
    )
    assert paths(archive) == ["ok.md"]


def test_bodies_come_as_they_are() -> None:
    (file,) = repository.documents(packed({"r/é ü.md": "# Ä".encode()}), url="x")
    assert (file.path, file.body.decode()) == ("é ü.md", "# Ä")
    shown = repository.blob_url("https://github.com/a/b/", file.path)
    assert shown == "https://github.com/a/b/blob/HEAD/%C3%A9%20%C3%BC.md"


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_damaged_archive_says_so(cut: float) -> None:
    archive = packed({f"r/{number}.md": bytes(range(256)) * 40 for number in range(20)})
    with pytest.raises(ExtractError) as caught:
        paths(archive[: int(len(archive) * cut)])
    assert caught.value.reason is Reason.DAMAGED


def test_an_archive_that_unpacks_to_too_much_is_given_up() -> None:
    member = tarfile.TarInfo("r/zeros.bin")
    member.size = 9 * 2**20
    bomb = gzip.compress(member.tobuf() + b"\0" * member.size + b"\0" * 1024)
    assert len(bomb) < 2**14
    with pytest.raises(ExtractError) as caught:
        list(repository.documents(bomb, url="x", cap=8 * 2**20))
    assert caught.value.reason is Reason.OVER_LIMITS
    assert list(repository.documents(bomb, url="x", cap=16 * 2**20)) == []


def test_a_document_of_a_few_letters_is_empty_and_named() -> None:
    files = {
        "r/kube/README.md": b"TBD",
        "r/a.md": b"# Queue\n\nIt grows every night.",
        "r/zh.md": "排序模型每晚训练".encode(),
    }
    url = "https://github.com/lark/notes"
    body = packed(files)
    snapshot = Snapshot(url, f"{url}/archive/HEAD.tar.gz", 200, {}, body, datetime(2026, 1, 1, tzinfo=UTC))
    found = extract.extract(snapshot, Source("notes", "Notes", url, SourceKind.REPO))
    assert [document.id for document in found.documents] == ["notes~a-md", "notes~zh-md"]
    assert found.problems == (f"{url}/blob/HEAD/kube/README.md holds 3 letters of text, too few to say anything",)
    with pytest.raises(ExtractError) as refused:
        quality.check_length("TBD!", url=url)
    assert refused.value.reason is Reason.EMPTY


def test_an_archive_of_files_over_the_limits_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def read(_body: bytes, *, name: str) -> Reading:
        asked.append(name)
        if name.endswith("README.md"):
            return Reading(
                title="A ranker", parts=(Part(BlockKind.PARAGRAPH, "The ranker reads forty features. " * 20),)
            )
        raise ExtractError(f"{name} took more than 60 s to read", reason=Reason.OVER_LIMITS)

    monkeypatch.setattr(extract, "read", read)
    url = "https://github.com/larkfield/ranker"
    files = {"r/README.md": b"x"} | {f"r/docs/part-{number:02}.md": b"x" for number in range(20)}
    snapshot = Snapshot(
        url, url, 200, {"content-type": "application/gzip"}, packed(files), datetime(2026, 1, 1, tzinfo=UTC)
    )
    found = extract.extract(snapshot, Source("ranker", "A ranker", url, SourceKind.REPO))
    assert len(found.documents) == 1
    assert len(asked) == 5
    assert found.problems[-1].endswith("what follows was not read: 4 files before it were over the limits")
