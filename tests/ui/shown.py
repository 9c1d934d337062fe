"""What tests of the pages share."""

from bs4 import BeautifulSoup, Tag

from index.types import DocumentInfo

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">\'"&amp;<svg onload=alert(3)>'
DANGEROUS = ["script", "img", "iframe", "object", "embed", "base", "meta"]


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def assert_harmless(html: str) -> None:
    """No element that loads or runs something, no handler, no address but of this site or the web."""
    page = soup(html)
    assert not page.find_all(DANGEROUS)
    for tag in page.find_all(True):
        assert isinstance(tag, Tag)
        assert not [name for name in tag.attrs if name.startswith("on")], tag
        assert str(tag.get("href", "/")).startswith(("/", "#", "http://", "https://")), tag


def info(id: str, *, title: str = "A title", **more: object) -> DocumentInfo:
    values = {"source_id": id, "url": f"https://example.org/{id}", "kind": "blog"} | more
    return DocumentInfo(id=id, title=title, **values)  # type: ignore[arg-type]
