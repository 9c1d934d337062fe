"""The routes behind Search, Library and Quality, over the field guide."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.answer import Assistant
from assistant.api.app import create_app
from eval import golden, own
from tests.ui.shown import EVIL, assert_harmless, soup
from ui import browse

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def client(guide: Assistant, guide_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the routes; what they write goes to a folder of its own."""
    del guide_home
    home = tmp_path_factory.mktemp("browse")
    app = create_app(guide, library_path=home / "library.sqlite")
    app.include_router(browse.router(app.state.core))
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.mark.parametrize(
    "address",
    [
        "/parts/search",
        "/parts/search?query=",
        "/parts/search?query=%20",
        "/parts/search?query=x&against=all",
        "/parts/search?query=x&since=May",
        "/parts/search?query=x&steps=10",
        "/parts/search?query=x&colour=red",
        "/parts/why?query=x",
        "/parts/documents/topic-calibration?start=-1&end=2",
        "/parts/map?by=weather",
    ],
)
def test_what_is_asked_wrongly_is_refused(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 422


@pytest.mark.parametrize(
    "address", ["/parts/documents/none", "/parts/sources/none", "/parts/why?query=x&document=zqxjkv"]
)
def test_what_is_not_there_is_told(client: TestClient, address: str) -> None:
    told = client.get(address)
    assert told.status_code == 404
    assert told.json()["detail"]


def test_markup_in_an_address_stays_text(client: TestClient) -> None:
    given = {"query": EVIL, "organisations": EVIL, "topics": EVIL, "against": "unfiltered"}
    for address in ("/parts/search", "/parts/search/form"):
        answered = client.get(address, params=given)
        assert answered.status_code == 200
        assert_harmless(answered.text)


def test_filters_hold_for_the_first_of_two_settings_alone_where_the_second_has_none(client: TestClient) -> None:
    given = {"query": "ranking", "organisations": "Netflix", "against": "unfiltered"}
    first, second = soup(client.get("/parts/search", params=given).text).select(".ns-both section")
    assert all("Netflix" in place.get_text() for place in first.select(".ns-hit .ns-place"))
    assert not all("Netflix" in place.get_text() for place in second.select(".ns-hit .ns-place"))


def test_the_parts_of_a_score_add_up_to_it(client: TestClient) -> None:
    page = soup(client.get("/parts/search", params={"query": "how do I sample negatives"}).text)
    for why in page.select(".ns-why"):
        total, *parts = (float(cell.get_text()) for cell in why.find_all("dd"))
        assert total == pytest.approx(sum(parts), abs=0.002)


def test_a_document_is_found_by_a_misspelt_title(client: TestClient) -> None:
    told = soup(client.get("/parts/why", params={"query": "drift", "document": "calibraton"}).text)
    assert "alibration" in told.strong.get_text()


def test_the_map_has_a_point_for_every_document(client: TestClient, guide: Assistant) -> None:
    dots = soup(client.get("/parts/map").text).select("a.ns-dot")
    assert {dot["href"].partition("=")[2] for dot in dots} == {one.id for one in guide.infos()}


def test_only_words_of_the_library_are_saved_and_only_with_a_judgment(client: TestClient, guide: Assistant) -> None:
    judged = {"document": "topic-calibration", "start": 0, "end": 40, "grade": 2}
    wrongs: list[dict[str, object]] = [
        {},
        {"judgments": [judged | {"grade": 0}]},
        {"judgments": [judged], "decline": "it is not there"},
        {"judgments": [judged | {"end": 10**8}]},
        {"judgments": [judged | {"document": "none"}]},
    ]
    for wrong in wrongs:
        refused = client.post("/parts/golden", json={"question": "What is calibration?"} | wrong)
        assert refused.status_code in (404, 422), wrong
    saved = client.post(
        "/parts/golden", json={"question": "What is calibration?", "kind": "fact", "judgments": [judged]}
    )
    assert own.FILE in saved.json()["message"]
    home = client.app.state.core.home  # type: ignore[attr-defined]
    (question,) = golden.load(home / own.FILE)
    document = guide.document("topic-calibration")
    assert document is not None
    assert question.judgments[0].quote == document.text[:40]
