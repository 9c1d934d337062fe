"""The field guide keeps its form, rests on sources that exist, and copies nobody."""

import gzip
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from assistant.formula import STEPS
from ingest import catalog, guide

HANDBOOK = Path(guide.__file__).parent / "handbook"
CHAPTERS = sorted(HANDBOOK.rglob("*.md"))
PREFIXES = {"formula": "formula", "questions": "question", "topics": "topic", "cases": "case"}
SHARED = Path(__file__).parents[2].parent / "shared"
RUN = 8


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


def third_party_texts() -> list[str]:
    seed = SHARED / "seed" / "ml-system-design.md"
    texts = [seed.read_text(encoding="utf-8")]
    for file in (SHARED / "web" / "listed.warc.gz", SHARED / "web" / "further.warc.gz"):
        with gzip.open(file) as opened:
            plain = opened.read().decode("utf-8", "ignore")
        texts.append(re.sub(r"<[^>]+>", " ", plain))
    return texts


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the third-party texts are not part of the project")
def test_no_run_of_eight_words_is_shared_with_other_peoples_texts() -> None:
    ours = {run: path.name for path in CHAPTERS for run in runs(fields(path)[1])}
    copied = {(ours[run], " ".join(run)) for text in third_party_texts() for run in runs(text) if run in ours}
    assert not copied
