"""A short run of the fuzz campaigns, what long ones found, and bombs; `python -m tests.fuzz` is the long one."""

import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import pytest

from assistant.errors import QuestionError
from eval import golden
from eval.errors import CollectionError
from ingest import extract, html, notebook, office, repository
from ingest.errors import BundleError, ExtractError
from ingest.types import Reason
from tests.fuzz import campaign, patterns, zygote
from tests.fuzz.targets import TARGETS, URL
from tests.ingest import test_office

pytestmark = pytest.mark.filterwarnings("ignore")  # what libraries say of odd input

T = TypeVar("T")

# Inputs that once showed a defect, and the reader that they showed it in.
KEPT = [
    ("notebook", b'{"nbformat": 4, "cells": [' + b"[" * 5_000 + b"]" * 5_000 + b"]}"),
    ("notebook", b'{"nbformat": 3, "cells": [], "worksheets": null}'),
    (
        "notebook",
        b'{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": "x", "source": "a"}]}]}',
    ),
    ("notebook", b'{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "<p>\\ud800</p>"}]}'),
    ("captions", b'{"events": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    ("captions", b'{"events": null}'),
    ("captions", b'{"events": [{"tStartMs": "soon", "dDurationMs": [], "segs": [null, {"utf8": "Words."}]}]}'),
    ("captions", b'<transcript><text start="x" dur="1e999">Words.</text><text start="nan">More.</text></transcript>'),
    ("watch", b'{"videoDetails": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    ("slideshare", b"<script id='__NEXT_DATA__'>" + b"[" * 5_000 + b"</script>"),
    ("captions", b'{"events": [{"tStartMs": 1, "segs": [{"utf8": "Half \\ud800 a pair."}]}]}'),
    ("captions", b"WEBVTT\n\n" + b"9" * 6_000 + b":00:00.000 --> 00:00:01.000\nWords.\n"),
    ("watch", b'{"videoDetails": {"title": "\\ud800"}}'),
    ("watch", b'{"videoDetails": {}, "playabilityStatus": {"status": []}}'),
    ("settings", b"MODEL=\xff\xfe"),
    ("caller", b"/\nhost: ["),
    ("caller", b"/\nhost: localhost\norigin: http://["),
    ("caller", b"/\nhost: localhost\nauthorization: Basic \xe9"),
    ("collection", b"\xff\n---\n\n---\n"),
    ("collection", b'{"_id": "1", "text": ' + b"[" * 5_000),
    ("events", b'data: {"choices": {"a": 1}}'),
    ("restructured", b"- one\n" + b"- " * 400 + b"two\n"),
    ("restructured", b".. |x| replace:: |x|\n a.. |x| replace:: |x|\n::`_"),
    (
        "restructured",
        b"::::.. |x| replace:: |x|\n:a:` .. |x| replace:: |x|\n`_|x||x|.. include:: a a|x|w.. include:: ====\na:a:`|x|",
    ),
    ("markers", b"It answers. [1\n"),
    ("markers", "We chose plan A\u2028. It answers.".encode()),
    ("events", b'data: {"choices": [{"delta": "words"}]}'),
    ("events", b"data: " + b"[" * 5_000),
]


@pytest.mark.parametrize(("name", "data"), KEPT)
def test_what_was_found_once_is_mended(name: str, data: bytes) -> None:
    figures = campaign.Figures(name, "kept", 0)
    assert not campaign.Watch(TARGETS[name], figures).fails(data), figures.line()


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"step":1', b'"step":-1'), (b'"seconds":125.0', b'"seconds":1e999'), (b'"seconds":125.0', b'"seconds":NaN')],
)
def test_a_record_with_impossible_numbers_is_refused(old: bytes, new: bytes) -> None:
    sample = next(one for one in TARGETS["record"].samples() if old in one)
    with pytest.raises(QuestionError, match="cannot be shown"):
        TARGETS["record"].run(sample.replace(old, new))


def test_a_deck_whose_relations_lead_nowhere_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(test_office.deck())) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files["ppt/_rels/presentation.xml.rels"] = re.sub(
        rb' Target="[^"]*"', b"", files["ppt/_rels/presentation.xml.rels"], count=1
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, held in files.items():
            packed.writestr(name, held)
    with pytest.raises(ExtractError, match="no Office file that can be read"):
        office.read(made.getvalue(), url=URL)


@pytest.mark.parametrize(
    "told", ['"format": 1e999, "files": {}', '"format": 1, "files": {"library.sqlite": ["0", 1e999]}']
)
def test_a_bundle_of_endless_numbers_is_refused(told: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("bundle.json", f'{{"version": "1", {told}}}')
        packed.writestr("library.sqlite", b"x")
    with pytest.raises(BundleError, match=r"bundle\.json cannot be read"):
        TARGETS["bundle"].run(made.getvalue())


@pytest.mark.parametrize(
    "told",
    [
        '"id": {"a": 1}', '"id": ""', '"id": "\\ud800"', '"question": [[[[1]]]]', '"topic": null', '"history": [1]',
        '"judgments": [{"document": "d", "quote": "q", "grade": 1.0}]',
        '"judgments": [{"document": [], "quote": "q", "grade": 1}]',
    ],
)  # fmt: skip
def test_judgments_of_another_form_are_refused(tmp_path: Path, told: str) -> None:
    whole = '"id": "a", "question": "b", "kind": "c", "topic": "d", "split": "dev", "decline": "", "judgments": '
    sound = "{" + whole + '[{"document": "d", "quote": "q", "grade": 1}]'
    (tmp_path / "questions.jsonl").write_text(f"{sound}}}\n", encoding="utf-8")
    assert len(golden.load(tmp_path / "questions.jsonl")) == 1
    (tmp_path / "questions.jsonl").write_text(f"{sound}, {told}}}\n", encoding="utf-8")  # the later of two counts
    with pytest.raises(CollectionError, match="line 1"):
        golden.load(tmp_path / "questions.jsonl")


def test_judgments_that_nest_too_deeply_are_refused(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text("[" * 5_000 + "\n", encoding="utf-8")
    with pytest.raises(CollectionError, match="line 1"):
        golden.load(tmp_path / "questions.jsonl")


def test_a_child_that_is_forked_answers_as_one_that_is_started() -> None:
    body = TARGETS["pdf"].samples()[-1]
    started = subprocess.run(
        [sys.executable, "-m", "ingest.pdfium", "0", "1"], input=body, capture_output=True, check=True
    )
    forked = zygote.Zygote("ingest.pdfium", "pypdfium2")
    try:
        assert forked.run(["0", "1"], body, seconds=20).stdout == started.stdout
        assert forked.run(["0"], body, seconds=20).returncode != 0
        with pytest.raises(subprocess.TimeoutExpired):
            forked.run(["0", "1"], body, seconds=0.0)
        assert forked.run(["0", "1"], body, seconds=20).stdout == started.stdout
    finally:
        forked.close()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_reader_fails_on_hostile_input(name: str) -> None:
    target = TARGETS[name]
    figures = campaign.by_mutation(target, seed=1, inputs=5 if target.costly else 60, seconds=60)
    assert not figures.found, figures.line()


@pytest.mark.parametrize("name", ["captions", "markers", "question", "caller", "notebook"])
def test_hypothesis_finds_nothing_either(name: str) -> None:
    figures = campaign.by_hypothesis(TARGETS[name], seed=1, inputs=60, seconds=60)
    assert figures.inputs >= 60
    assert not figures.found, figures.line()


def alone(work: Callable[..., T], *arguments: object) -> T:
    """What a function gives in a process of its own: where a library has taken the stack of signals, a timer kills."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def watched() -> tuple[list[bool], int, list[str]]:
    """What the watch says of a good, a wrong and a slow input, how many it counts as refused, and what it notes."""

    def wrong(data: bytes) -> None:
        if data == b"slow":
            while True:
                pass
        raise LookupError("not promised") if data == b"wrong" else ExtractError("promised", reason=Reason.EMPTY)

    target = campaign.Target("made up", wrong, lambda: [b"x"], seconds=0.05)
    figures = campaign.Figures("made up", "kept", 0)
    watch = campaign.Watch(target, figures)
    failed = [watch.fails(data) for data in (b"x", b"wrong", b"slow")]
    return failed, figures.refused, [one.what.partition(" in ")[0] for one in figures.found.values()]


def test_the_watch_sees_what_is_wrong() -> None:
    assert alone(watched) == ([False, True, True], 1, ["LookupError", "more than 0.05 s"])


def backtracks(pattern: str, call: str) -> bool:
    """Whether the look at expressions calls one slow."""
    return bool(patterns.judged(patterns.Expression("here", re.compile(pattern), call)))


@pytest.mark.parametrize(
    ("pattern", "call", "is_slow"),
    [
        (r"(a+)+b", "match", True),
        (r"\s+$", "search", True),
        (r"(?<!\s)\s++$", "search", False),
        (r"<tag[^>]*>", "findall", True),
        (r"<tag[^<>]*+>", "findall", False),
        (r"(\d+)*-", "search", True),
        (r"\bword\b.{0,40}\bend\b", "search", False),
    ],
)
def test_the_look_at_expressions_sees_backtracking(pattern: str, call: str, is_slow: bool) -> None:
    assert alone(backtracks, pattern, call) is is_slow


@pytest.mark.slow
def test_no_expression_takes_more_than_linear_time() -> None:
    assert len(patterns.everywhere()) > 200
    assert alone(patterns.slow) == []


@pytest.mark.parametrize("member", ["word/document.xml", "docProps/core.xml"])
def test_entities_of_an_office_file_are_not_expanded(member: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "lolololo">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8)
    ) + b'<!ENTITY file SYSTEM "file:///etc/passwd">]>'  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(test_office.word())) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    head, mark, body = files[member].partition(b"?>")
    files[member] = head + mark + bomb + re.sub(rb">([^<]+)</", rb">\1&i;&file;</", body, count=1)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, held in files.items():
            packed.writestr(name, held)
    told = ""
    with suppress(ExtractError):
        told = str(office.read(made.getvalue(), url="bomb.docx"))
    assert len(told) < 10_000
    assert "root:" not in told


def test_an_office_file_that_lies_about_its_size_is_given_up() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", bytes(130 * 2**20))
    with pytest.raises(ExtractError) as caught:
        office.read(made.getvalue(), url="bomb.docx")
    assert caught.value.reason is Reason.OVER_LIMITS


@pytest.mark.parametrize("name", ["../../up.md", "/etc/cron.d/x.md", "top/../../x.md", "top/a/../../../x.md"])
def test_a_repository_has_no_file_outside_itself(name: str) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as packed:
        for one in (name, "top/README.md"):
            member = tarfile.TarInfo(one)
            member.size = 4
            packed.addfile(member, io.BytesIO(b"# A\n"))
    found = [file.path for file in repository.documents(made.getvalue(), url="x")]
    assert all(not one.startswith(("/", "..")) and ".." not in one.split("/") for one in found)
    assert "README.md" in found


@pytest.mark.parametrize(("name", "value"), [("size", "9" * 30), ("size", "-1"), ("GNU.sparse.map", "x")])
def test_a_repository_with_odd_numbers_is_damaged_and_ends(name: str, value: str) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=tarfile.PAX_FORMAT) as packed:
        member = tarfile.TarInfo("top/README.md")
        member.size, member.pax_headers = 4, {name: value}
        packed.addfile(member, io.BytesIO(b"# A\n"))
    figures = campaign.Figures("repository", "kept", 0)
    assert not campaign.Watch(TARGETS["repository"], figures).fails(made.getvalue()), figures.line()


def test_a_repository_of_nested_bombs_stops_at_the_cap() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as packed:
        for number in range(8):
            member = tarfile.TarInfo(f"top/{number}.md")
            member.size = 2**20
            packed.addfile(member, io.BytesIO(bytes(2**20)))
    with pytest.raises(ExtractError) as caught:
        list(repository.documents(made.getvalue(), url="x", cap=4 * 2**20))
    assert caught.value.reason is Reason.OVER_LIMITS
    assert repository.is_archive(gzip.compress(made.getvalue()))


def test_what_nests_deeply_is_read_flat_or_refused() -> None:
    depth = sys.getrecursionlimit() * 20
    page = b"<html><body>" + b"<div>" * depth + b"Words that are read. " * 40 + b"</div>" * depth
    assert "Words that are read." in html.read(page, url="https://a.example/").parts[0].text
    cells = {"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "> " * 3_000 + "deep\n" + "- " * 3_000}]}
    assert notebook.read(json.dumps(cells).encode(), url="a.ipynb").parts
    for body in (b"[" * depth, b'{"nbformat": 4, "cells": ' + b"[" * depth + b"}"):
        with pytest.raises(ExtractError):
            notebook.read(body, url="a.ipynb")
    assert extract.read(b"> " * depth + b"deep", name="a.md").parts
