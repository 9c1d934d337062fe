import gzip
import io
import tarfile

import pytest

from ingest import repository
from ingest.errors import ExtractError
from ingest.types import Reason


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
