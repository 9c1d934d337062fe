from itertools import pairwise

from tests.ui.shown import EVIL, assert_harmless, info, soup
from ui import drawing
from ui.drawing import By


def test_every_document_has_a_point_that_leads_to_it() -> None:
    infos = [info("a b", title="One", topics=("ads",)), info("c", title="Two", topics=("ads", "x"))]
    page = soup(drawing.chart(infos, {"a b": (0, 0), "c": (1, 1)}, by=By.TOPIC))
    dots = page.select("a.ns-dot")
    assert [dot["href"] for dot in dots] == ["/library?document=a+b", "/library?document=c"]
    assert [dot["aria-label"] for dot in dots] == ["One · ads", "Two · ads"]
    assert [dot["transform"] for dot in dots] == ["translate(40.0 600.0)", "translate(960.0 40.0)"]


def test_one_point_alone_takes_the_keyboard() -> None:
    infos = [info(str(number)) for number in range(5)]
    page = soup(drawing.chart(infos, {one.id: (0.5, 0.5) for one in infos}, by=By.KIND))
    assert [dot["tabindex"] for dot in page.select("a.ns-dot")] == ["0", "-1", "-1", "-1", "-1"]


def test_the_eight_largest_groups_have_a_colour_and_the_rest_share_one() -> None:
    infos = [
        info(f"{name}{number}", topics=(name,))
        for place, name in enumerate("abcdefghij")
        for number in range(12 - place)
    ]
    page = soup(drawing.chart(infos, {one.id: (0.1, 0.2) for one in infos}, by=By.TOPIC))
    legend = [entry.get_text(" ", strip=True) for entry in page.select(".ns-legend button")]
    assert legend == ["a 12", "b 11", "c 10", "d 9", "e 8", "f 7", "g 6", "h 5", "others 7"]
    assert len({str(entry.svg.decode_contents()) for entry in page.select(".ns-legend button")}) == 9


def test_labels_of_groups_in_one_place_do_not_cover_each_other() -> None:
    infos = [
        info(f"{name}{number}", organisations=(name,)) for name in ("Google", "Meta", "Uber") for number in range(3)
    ]
    page = soup(drawing.chart(infos, {one.id: (0.5, 0.5) for one in infos}, by=By.ORGANISATION))
    heights = sorted(float(label["y"]) for label in page.find_all("text"))
    assert all(below - above >= 20 for above, below in pairwise(heights))


def test_nothing_of_a_source_becomes_markup() -> None:
    infos = [info(EVIL, title=EVIL, topics=(EVIL,), organisations=(EVIL,)), info("b", topics=(EVIL,))]
    assert_harmless(drawing.chart(infos, {EVIL: (0, 0), "b": (1, 0)}, by=By.TOPIC))


def test_documents_without_a_place_are_counted_and_none_at_all_is_said() -> None:
    assert "1 document of the library are not drawn" in drawing.chart([info("a"), info("b")], {"a": (0, 0)}, by=By.KIND)
    assert "nothing to draw" in drawing.chart([], {}, by=By.TOPIC)
