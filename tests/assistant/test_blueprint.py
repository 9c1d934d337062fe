"""Which complete design an answer follows."""

from assistant import blueprint
from assistant.blueprint import Blueprint
from index.types import DocumentInfo


def design(name: str) -> Blueprint:
    return Blueprint(DocumentInfo(id=name, source_id=name, url="u", title=name, kind="guide"), ())


def followed(*designs: tuple[float, str]) -> str:
    best = blueprint._leading([(near, design(name)) for near, name in designs])
    return best.document.id if best else ""


def test_the_nearest_is_followed_if_it_is_near_enough() -> None:
    assert followed((1.8, "b"), (1.9, "a")) == "a"
    assert followed((1.2, "a")) == ""
    assert followed() == ""


def test_one_that_stands_alone_is_followed_where_one_among_equals_is_not() -> None:
    assert followed((1.7, "a"), (1.69, "b")) == ""
    assert followed((1.65, "a"), (1.0, "b")) == "a"
    assert followed((1.65, "a")) == "a"


def test_a_lead_makes_up_for_little_only() -> None:
    assert followed((1.5, "a"), (0.0, "b")) == ""
