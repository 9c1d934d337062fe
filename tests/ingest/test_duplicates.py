import dataclasses
from pathlib import Path

from ingest import duplicates
from ingest.library import Library
from ingest.types import Document, Via
from tests.parts import document

WORDS = [f"word{n}" for n in range(400)]
TEXT = "\n\n".join(" ".join(WORDS[start : start + 40]) + "." for start in range(0, 400, 40))
OTHER = "\n\n".join(" ".join(f"thing{n}" for n in range(start, start + 40)) for start in range(0, 400, 40))


def doc(id: str, text: str = TEXT, **more: object) -> Document:
    return dataclasses.replace(document(text, id=id, title="A cache before the ranker"), **more)  # type: ignore[arg-type]


def linked(folder: Path, *documents: Document) -> dict[str, str]:
    with Library(folder / "library.sqlite") as library:
        for one in documents:
            library.put(one)
        duplicates.link(library)
        copies = library.copies()
        assert {one.id for one in library.documents()} == {one.id for one in documents} - set(copies)
        return copies


def test_a_mirror_with_some_words_changed_is_linked_and_one_is_indexed(tmp_path: Path) -> None:
    mirror = TEXT.replace("word7 ", "seven ").replace("word300", "three hundred")
    assert linked(tmp_path, doc("a"), doc("b", mirror), doc("c", OTHER)) in ({"a": "b"}, {"b": "a"})


def test_the_one_that_is_signed_and_dated_stands_for_its_mirrors(tmp_path: Path) -> None:
    signed = doc("z", authors=("Ada Berg",), published="2024-05-02")
    mirror = doc("a", TEXT + "\n\nRead more posts like this one on our page of reposts and links.")
    assert linked(tmp_path, mirror, signed) == {"a": "z"}


def test_a_living_page_stands_before_an_archived_copy(tmp_path: Path) -> None:
    assert linked(tmp_path, doc("a", via=Via.WAYBACK), doc("b", via=Via.LIVE)) == {"a": "b"}


def test_a_page_that_names_another_as_its_canonical_address_is_its_copy(tmp_path: Path) -> None:
    half = TEXT[: len(TEXT) // 2] + "\n\n" + OTHER[: len(OTHER) // 3]
    named = doc("a", half, canonical="http://example.org/b/", title="Else")
    assert linked(tmp_path, named, doc("b")) == {"a": "b"}
    assert linked(tmp_path / "2", dataclasses.replace(named, canonical=""), doc("b")) == {}


def test_a_chapter_in_its_book_and_two_works_on_one_matter_are_no_copies(tmp_path: Path) -> None:
    chapter = doc("chapter", TEXT, title="Caches")
    book = doc("book", TEXT + "\n\n" + OTHER + "\n\n" + OTHER.replace("thing", "other"), title="The whole book")
    assert linked(tmp_path, chapter, book, doc("c", OTHER.replace("thing", "x"))) == {}


def test_short_texts_must_be_the_same(tmp_path: Path) -> None:
    first, second = "The answer is a cache before the ranker.", "The answer is a queue before the ranker."
    assert linked(tmp_path, doc("a", first), doc("b", second), doc("c", first)) == {"c": "a"}


def test_a_copy_whose_master_goes_is_indexed_again(tmp_path: Path) -> None:
    linked(tmp_path, doc("a", authors=("A",)), doc("b"))
    with Library(tmp_path / "library.sqlite") as library:
        assert library.copies() == {"b": "a"}
        library.remove(["a"])
        assert [one.id for one in library.documents()] == ["b"]
        assert duplicates.link(library) == 0


def test_overlap_is_the_share_of_runs_of_five_words() -> None:
    assert duplicates.overlap("a b c d e f", "a b c d e g") == 1 / 3
    assert duplicates.overlap("", "") == 1.0
    assert duplicates.contained("a b c d e", "x a b c d e y") == 1.0
