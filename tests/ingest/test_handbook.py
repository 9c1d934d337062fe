"""The field guide keeps its form, rests on sources that exist, and copies nobody."""

import io
import itertools
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from assistant.formula import STEPS
from ingest import archive, catalog, guide, repository
from ingest.errors import CatalogError
from ingest.sentences import sentences
from ingest.types import Document

HANDBOOK = Path(guide.__file__).parent / "handbook"
CHAPTERS = sorted(HANDBOOK.rglob("*.md"))
PREFIXES = {"formula": "formula", "questions": "question", "topics": "topic", "cases": "case"}
RUN = 8


def shared_beside(checkout: Path) -> Path:
    """The folder of other people's texts; a linked worktree has it beside the main one."""
    link = checkout / ".git"
    if link.is_file():
        checkout = Path(link.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).parents[2]
    return checkout.parent / "shared"


SHARED = shared_beside(Path(__file__).parents[2])
SEED = SHARED / "seed" / "ml-system-design.md"
CAPTURES = [SHARED / "web" / "listed.warc.gz", SHARED / "web" / "further.warc.gz"]


def fields(path: Path) -> tuple[Any, str]:
    return guide.front_matter(path.read_text(encoding="utf-8"), name=path.name)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)}


def test_the_guide_is_there() -> None:
    assert len([path for path in CHAPTERS if path.parent.name == "formula"]) == 10
    assert len(CHAPTERS) == len(guide.documents()) >= 42


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_its_id_title_steps_and_headings(path: Path) -> None:
    head, body = fields(path)
    assert head["id"] == f"{PREFIXES[path.parent.name]}-{path.stem}"
    assert set(head["steps"]) <= set(range(1, 10))
    assert head["steps"]
    assert head["sources"]
    headings = [(len(marks), text.strip()) for marks, text in re.findall(r"^(#+) (.*)$", body, re.MULTILINE)]
    assert headings[0] == (1, head["title"])
    assert all(level > 1 for level, _ in headings[1:])
    assert all(right[0] <= left[0] + 1 for left, right in itertools.pairwise(headings))


@pytest.mark.parametrize(
    "path", [path for path in CHAPTERS if path.parent.name == "questions"], ids=lambda path: path.stem
)
def test_a_design_goes_through_the_nine_steps(path: Path) -> None:
    _, body = fields(path)
    steps = [f"Step {step.number}: {step.title}" for step in STEPS]
    assert re.findall(r"^## (.*)$", body, re.MULTILINE) == [*steps, "Failure modes", "What a reviewer asks next"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_names_catalog_entries_that_exist(path: Path) -> None:
    known = {source.id for source in catalog.load()}
    head, _ = fields(path)
    slugs = {name for name in head["sources"] if re.fullmatch(r"[a-z0-9-]+", name)}
    assert slugs <= known


GUIDE = guide.documents()
REFERRING = re.compile(
    r"\b(?:the|this) (?:guide|passage|section|chapter|sentence above)\b|^this\b|\babove\W*$", re.IGNORECASE
)


def quotes(chapter: Document) -> set[str]:
    return {chapter.text[one.start : one.end] for one in chapter.asked}


@pytest.mark.parametrize("chapter", GUIDE, ids=lambda chapter: chapter.id)
def test_questions_are_answered_by_quotable_sentences_and_make_sense_alone(chapter: Document) -> None:
    quotable = {(span.start, span.end) for span in sentences(chapter)}
    assert {(one.start, one.end) for one in chapter.asked} <= quotable
    assert [one for one in quotes(chapter) if chapter.text.count(one) != 1] == []
    asked = [one.question for one in chapter.asked]
    assert [one for one in asked if one != " ".join(one.split()) or not 2 <= len(one.split()) <= 40] == []
    assert [one for one in asked if REFERRING.search(one)] == []
    answered = {(one.start, one.end) for one in chapter.asked}
    assert len(answered) >= 0.9 * len(quotable)


def test_no_sentence_has_a_question_twice() -> None:
    each = [(one.id, asked.start, asked.question.lower()) for one in GUIDE for asked in one.asked]
    assert len(each) == len(set(each)) > 20_000


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"quote": "It waits.", "asked": ["why"]}', "which its chapter does not hold"),
        ('{"quote": "It runs.", "asked": "why"}', "line 1 of chapter.asked.jsonl"),
        ('{"quote": "", "asked": ["why"]}', "line 1 of chapter.asked.jsonl"),
        ('{"quote": "It runs."}', "line 1 of chapter.asked.jsonl"),
        ('{"quote": 7, "asked": ["why"]}', "line 1 of chapter.asked.jsonl"),
        ('{"quote": "It runs.", "asked": [" "]}', "line 1 of chapter.asked.jsonl"),
        ("[" * 100_000, "line 1 of chapter.asked.jsonl"),
        ("what is it", "line 1 of chapter.asked.jsonl"),
        ("[]", "line 1 of chapter.asked.jsonl"),
    ],
)
def test_questions_of_another_form_or_text_are_refused_in_a_sentence(line: str, told: str, tmp_path: Path) -> None:
    head = "---\nid: chapter\ntitle: C\nkind: topic\nsteps: [1]\ntopics: []\norganisations: []\nsources: []\n---\n"
    (tmp_path / "chapter.md").write_text(f"{head}# C\n\nIt runs.\n", encoding="utf-8")
    (tmp_path / "chapter.asked.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=re.escape(told)):
        guide.documents(tmp_path)


def untagged(body: bytes) -> str:
    return re.sub(r"<[^>]+>", " ", body.decode("utf-8", "ignore"))


def packed(body: bytes) -> Iterator[str]:
    with tarfile.open(fileobj=io.BytesIO(body)) as files:
        for member in files:
            if (file := files.extractfile(member)) is not None:
                yield untagged(file.read())


def printed(body: bytes) -> Iterator[str]:
    with pypdfium2.PdfDocument(body) as pdf:
        for page in pdf:
            yield page.get_textpage().get_text_range()


def text_of(body: bytes) -> str:
    """What stands in a stored response: in a PDF and in a repository's archive too, whose bytes show none of it."""
    if body.startswith(b"%PDF"):
        return "\n".join(printed(body))
    if repository.is_archive(body):
        return "\n".join(packed(body))
    return untagged(body)


def other_peoples_texts() -> Iterator[str]:
    yield SEED.read_text(encoding="utf-8")
    for capture in CAPTURES:
        yield from (text_of(snapshot.body) for snapshot in archive.read(capture))


def shared_runs(ours: set[tuple[str, ...]], texts: Iterator[str]) -> set[str]:
    return {" ".join(run) for text in texts for run in runs(text) & ours}


def test_a_copied_sentence_is_found_in_a_page_a_paper_and_an_archive() -> None:
    sentence = "One two three four five six seven eight nine."
    packing = io.BytesIO()
    with tarfile.open(fileobj=packing, mode="w:gz") as files:
        entry = tarfile.TarInfo("notes.md")
        entry.size = len(sentence)
        files.addfile(entry, io.BytesIO(sentence.encode()))
    page = f"<p>Zero <b>one</b> {sentence[4:]}</p>".encode()
    canvas = Canvas("", pageCompression=1)
    canvas.drawString(72, 720, sentence)
    for body in (page, canvas.getpdfdata(), packing.getvalue()):
        assert len(shared_runs(runs(sentence), iter([text_of(body)]))) == 2


@pytest.mark.slow
@pytest.mark.skipif(not SEED.is_file(), reason=f"overlap with other people's texts not checked: no {SEED}")
def test_no_run_of_eight_words_is_shared_with_other_peoples_texts() -> None:
    ours = {run for path in CHAPTERS for run in runs(fields(path)[1])}
    texts = list(other_peoples_texts())
    assert sum(len(text.split()) for text in texts) > 500_000, "too little was read to find anything"
    copied = shared_runs(ours, iter(texts))
    assert not copied, [
        (path.name, run) for path in CHAPTERS for run in copied if run in " ".join(words(fields(path)[1]))
    ]
