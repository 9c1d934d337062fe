# ruff: noqa: E501 - markup, as pages have it
"""Walls in words that no table has, told by their shape and their address; and short pages that have the same words."""

from dataclasses import replace

import pytest

from ingest.types import Reason
from tests.ingest.test_walls import reason, response

ADDRESS = "https://harbour.example/2021/how-we-learned-to-count-ships"
HEAD = '<header><a href="/">Harbour</a><nav><a href="/stories">Stories</a><a href="/jobs">Jobs</a></nav></header>'
FOOT = '<footer><p>Harbour Ltd, Dock Street 4. <a href="/terms">Terms</a> <button>Choose cookies</button></p></footer>'


def shown(title: str, body: str, *, url: str = ADDRESS) -> Reason | None:
    page = (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{HEAD}<main>{body}</main>{FOOT}</body></html>"
    )
    return reason(replace(response(page), url=url, final_url=url))


WALLS = {
    "drifted": ("Harbour", "<h1>This one drifted off.</h1><p>We looked in every drawer and under the rug, but whatever used to live at this address has packed its bags.</p>"),
    "retired": ("Harbour Engineering", "<h2>We have closed this chapter</h2><p>The engineering journal came to its end last spring, and with it went all of its entries. What we publish these days can be had over at our newsroom.</p>"),
    "form": ("Harbour | Hmm", '<p class="big">Hmm, nothing at this spot.</p><p>Was there a typo in the link? Or did somebody move the furniture since you marked it?</p><form action="/s"><input name="q"></form>'),
    "german": ("Hafen", "<h1>Hier liegt nichts (mehr)</h1><p>Der Beitrag, zu dem dieser Link einmal führte, wurde von der Redaktion zurückgezogen. Stöbern Sie doch in unserem Archiv.</p>"),
    "french": ("Phare du port", "<h1>Aïe, plus rien ici</h1><p>Ce que vous cherchiez a été retiré de nos pages ou bien il a déménagé sans laisser de trace.</p>"),
    "tiles": ("Quick look", "<p>Pick every tile that shows a lighthouse, then press Go on.</p><button>Go on</button><p>Why do I see this? Our systems noticed something odd about your network.</p>"),
    "break": ("Harbour", "<h1>The crew is below deck</h1><p>We are scrubbing the tanks tonight and shall be back by six. Thank you for bearing with the crew.</p>"),
}  # fmt: skip


@pytest.mark.parametrize("name", WALLS)
def test_a_short_page_that_is_not_the_one_its_address_names_is_refused(name: str) -> None:
    assert shown(*WALLS[name]) is not None


@pytest.mark.parametrize("name", WALLS)
def test_an_address_that_names_nothing_condemns_no_page(name: str) -> None:
    assert shown(*WALLS[name], url="https://harbour.example/p/4711") is None
    assert shown(*WALLS[name], url="https://harbour.example/notes/winter-tides") is None


STORY = "For thirty years a man with a notebook stood at the end of the pier. Then the cameras came, and with them the trouble."
TRUE = {
    "named in its text": ("Harbour", f"<h1>A note</h1><p>{STORY} Learned to count ships we have.</p><button>Like</button>"),
    "named in its title": ("How we learned to count ships", f"<p>{STORY}</p><button>Like</button>"),
    "title of its own": ("The man at the pier", f"<h1>The man at the pier</h1><p>{STORY}</p><button>Like</button>"),
    "nothing to press": ("The man", f"<p>{STORY}</p>"),
    "longer": ("Harbour", f"<h1>The man at the pier</h1><p>{STORY} {STORY}</p><p>{STORY} {STORY} {STORY} {STORY}</p>"),
    "a few lines more": ("Harbour", f"<h1>The man at the pier</h1><p>{STORY} {STORY}</p><p>{STORY} {STORY}</p>"),
    "in other letters": ("Гавань", "<h1>Человек на пирсе</h1><p>Тридцать лет человек с блокнотом стоял в конце пирса. Потом пришли камеры, и с ними беды, о которых никто не думал раньше.</p><button>Да</button>"),
    "a price of its subject": ("How we learned to count ships", f"<h1>How we learned to count ships</h1><p>{STORY} A camera costs 40 euros a month, <a href='/x'>power included</a>.</p>"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_a_short_page_that_may_be_the_one_is_read(name: str) -> None:
    assert shown(*TRUE[name]) is None


def test_umlauts_accents_and_endings_of_an_address_are_those_of_the_page() -> None:
    body = "<h1>Vermerk</h1><p>Über kältere Speicher und deren Größe schrieb die Nachtschicht, ehe sie ging, noch drei Zeilen in das Buch.</p><button>Ja</button>"
    assert shown("Hafen", body, url="https://harbour.example/ueber-kaeltere-speicher-und-groesse-4711.html") is None
    assert shown("Hafen", body, url="https://harbour.example/wieso-niemand-den-morgen-meldete") is not None


def test_the_words_of_a_host_are_on_all_of_its_pages() -> None:
    body = f"<h1>Gone out</h1><p>{STORY} The harbour lights went out.</p><button>Like</button>"
    assert shown("Harbour", body, url="https://harbourlights.example/harbour-lights-counted-twice-daily") is not None


PRICED = {
    "english": "That was your third of three complimentary stories. Keep going with a digital pass: the first eight weeks for one pound.",
    "german": "Sie möchten das zu Ende lesen? Mit H+ haben Sie alle Texte, den ersten Monat gratis.",
    "french": "La suite vous attend: 1 € le premier mois.",
}


@pytest.mark.parametrize("name", PRICED)
def test_a_beginning_above_a_price_by_the_month_is_a_paywall(name: str) -> None:
    title = "How we learned to count ships"
    box = f"<div class='meter'><p>{PRICED[name]}</p><a href='/pass'>H+</a></div>"
    assert shown(title, f"<article><h1>{title}</h1><p>{STORY}</p>{box}</article>") is Reason.PAYWALL
    assert shown(title, f"<article><h1>{title}</h1><p>{STORY} {STORY} {STORY}</p>{box}</article>") is None
