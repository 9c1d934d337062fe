from pathlib import Path

import pytest

from ingest import catalog
from ingest.errors import CatalogError
from ingest.types import SourceKind


def write(folder: Path, text: str) -> Path:
    path = folder / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    return path


def entry(id: str, *, kind: str = "paper", extra: str = "") -> str:
    return f'[[source]]\nid = "{id}"\ntitle = "T"\nurl = "https://example.org/{id}"\nkind = "{kind}"\n{extra}\n'


def test_the_bundled_catalog_lists_the_seventy_two_sources() -> None:
    sources = catalog.load()
    assert len(sources) == 72
    assert len({source.url for source in sources}) == 72
    assert all(source.url.startswith("http") for source in sources)
    assert {source.kind for source in sources} == set(SourceKind) - {SourceKind.GUIDE, SourceKind.FILE}


def test_an_alternate_is_never_the_listed_address_again() -> None:
    for source in catalog.load():
        assert source.url not in source.alternates
        assert len(set(source.alternates)) == len(source.alternates)


def test_an_unknown_id_names_the_nearest_ones() -> None:
    with pytest.raises(CatalogError, match=r"'youtube-dn'; did you mean youtube-dnn"):
        catalog.select(catalog.load(), ["youtube-dn"])


def test_sources_are_selected_in_the_order_asked_for(tmp_path: Path) -> None:
    sources = catalog.load(write(tmp_path, entry("a") + entry("b")))
    assert [source.id for source in catalog.select(sources, ["b", "a"])] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml [", "cannot be read"),
        (entry("a") + entry("a"), "twice"),
        (entry("a", kind="podcast"), "has kind 'podcast', wanted one of blog, paper"),
        (entry("a", extra="colour = 1"), r"unknown \['colour'\]"),
        ('[[source]]\nid = "a"', r"missing \['kind', 'title', 'url'\]"),
    ],
)
def test_a_catalog_that_is_wrong_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        catalog.load(write(tmp_path, text))
