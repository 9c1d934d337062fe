"""Small pages in the shape of the listed hosts: Medium, LinkedIn, Uber, SlideShare, GitHub, arXiv; written here."""

import json
from datetime import UTC, datetime

import pytest

from ingest import extract
from ingest.errors import ExtractError
from ingest.types import BlockKind, Document, Reason, Snapshot, Source, SourceKind

LINES = (
    "Listing photos are sorted by room, so that a guest sees the bedroom before the garden.",
    "A small network of twelve layers does it in forty milliseconds on one core.",
    "The labels came from hosts, and one in nine of them was wrong.",
    "Two rounds of cleaning brought the share of wrong labels under two in a hundred.",
)
PROSE = "".join(f"<p>{line} {line}</p>" for line in LINES)


def extracted(html: str, *, url: str, title: str = "Sorting listing photos", kind: SourceKind = SourceKind.BLOG) -> Document:  # fmt: skip
    body = html.encode()
    snapshot = Snapshot(url, url, 200, {"content-type": "text/html"}, body, datetime(2026, 1, 1, tzinfo=UTC))
    (document,) = extract.extract(snapshot, Source("one", title, url, kind, organisation="Larkfield")).documents
    return document


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, document.text[block.start : block.end]) for block in document.blocks]


MEDIUM = f"""<!DOCTYPE html><html><head><title>Sorting listing photos | by Ada Berg | Larkfield Tech | Medium</title>
<meta property="og:title" content="Sorting listing photos"><meta name="author" content="Ada Berg">
<meta property="article:published_time" content="2020-03-04T10:00:00Z">
<link rel="canonical" href="https://medium.com/larkfield-engineering/sorting-listing-photos-f9483f3ab7e3"></head><body>
<div id="root"><div><nav><a href="/">Open in app</a><a href="/m/signin">Sign up</a><a>Sign in</a></nav>
<article><section><h1>Sorting listing photos</h1><div><a>Ada Berg</a> · <button>Follow</button> · 4 min read · Mar 4, 2020</div>
<div><button>--</button><button>Listen</button><button>Share</button></div>
{PROSE}<h2>How it is trained</h2><pre><span>for photo in photos:<br>    room = model(photo)<br>    if room:<br>        keep(photo)</span></pre>
<figure><img src="x.png"><figcaption>One bedroom and two gardens</figcaption></figure><p>{LINES[0]}</p></section></article>
<div><h2>Written by Ada Berg</h2><p>412 Followers</p><button>Follow</button></div>
<div><h2>More from Ada Berg and Larkfield Tech</h2><a href="/x">Nine ways to make your morning better</a></div>
<footer><a>Help</a><a>Status</a><a>Careers</a><a>Text to speech</a></footer></div></div></body></html>"""


def test_a_medium_post_keeps_its_words_code_and_caption_and_loses_its_furniture() -> None:
    document = extracted(MEDIUM, url="https://medium.com/larkfield-engineering/sorting-listing-photos-f9483f3ab7e3")
    found = kinds(document)
    assert ("heading", "How it is trained") in found
    assert ("caption", "One bedroom and two gardens") in found
    assert ("code", "for photo in photos:\n    room = model(photo)\n    if room:\n        keep(photo)") in found
    assert all(line in document.text for line in LINES)
    assert not any(word in document.text for word in ("Followers", "morning better", "Text to speech", "Sign up"))
    assert (document.authors, document.published) == (("Ada Berg",), "2020-03-04")


LINKEDIN = f"""<!DOCTYPE html><html lang="en"><head><title>Sorting listing photos</title>
<script type="application/ld+json">{{"@type":"Article","headline":"Sorting listing photos","datePublished":"2020-02-03T10:00:00Z",
"author":{{"@type":"Person","name":"Ada Berg"}}}}</script></head><body>
<header class="header"><nav><a>Articles</a><a>People</a><a>Jobs</a><a href="/login">Sign in</a><a>Join now</a></nav></header>
<main><article class="core-rail"><header><h1 class="pulse-title">Sorting listing photos</h1></header>
<div data-test-id="publishing-text-block"><p>{"</p><p>".join(line + " " + line for line in LINES)}</p></div>
<div><h3>Two towers</h3><p>{LINES[0]} {LINES[1]}</p></div></article>
<section class="comments"><h2>To view or add a comment, <a href="/login">sign in</a></h2></section>
<section class="related"><h2>More articles by Ada Berg</h2><ul><li><a>Nine ways to make your morning better</a></li></ul></section>
<section><h2>Others also viewed</h2><a>Why we left the office</a></section></main>
<footer><ul><li>© 2026</li><li>Accessibility</li><li>User Agreement</li><li>Cookie Policy</li></ul></footer></body></html>"""


def test_a_linkedin_article_is_read_though_its_page_asks_to_sign_in() -> None:
    document = extracted(LINKEDIN, url="https://www.linkedin.com/pulse/sorting-listing-photos-ada-berg/")
    assert all(line in document.text for line in LINES)
    assert ("heading", "Two towers") in kinds(document)
    assert not any(word in document.text for word in ("morning better", "User Agreement", "left the office"))
    assert document.published == "2020-02-03"


AUTHWALL = """<!DOCTYPE html><html><head><title>Sign Up | LinkedIn</title></head><body><main><h1>Join LinkedIn</h1>
<p>Make the most of your professional life</p><form><input type="email"><input type="password"></form>
<p>By clicking Agree &amp; Join, you agree to the User Agreement.</p><p>Already on LinkedIn? <a>Sign in</a></p></main></body></html>"""


def test_a_linkedin_wall_is_a_login_wall() -> None:
    with pytest.raises(ExtractError) as caught:
        extracted(AUTHWALL, url="https://www.linkedin.com/authwall?trk=x")
    assert caught.value.reason is Reason.LOGIN_WALL


UBER = f"""<!DOCTYPE html><html><head><title>Sorting listing photos | Uber Blog</title>
<meta property="og:title" content="Sorting listing photos"></head><body><div id="wrapper"><div data-baseweb="block">
<nav><a>Ride</a><a>Drive</a><a>Eat</a><a>Log in</a><a>Sign up</a></nav></div><div id="main"><div><span>Engineering</span>
<h1>Sorting listing photos</h1><div>10 February 2022 / Global</div><div><img alt="Featured image"></div>
<div data-baseweb="flex"><p>{"</p><p>".join(line + " " + line for line in LINES)}</p><h2>Model</h2><p>{LINES[1]} {LINES[2]}</p>
<ul><li>Latency: forty milliseconds at the most</li><li>Precision: ninety-eight in a hundred</li></ul></div></div>
<section><h3>Related articles</h3><div><a><h5>How we moved to a new warehouse</h5></a></div></section>
<section><h3>Most popular</h3><a>A new way to ride</a></section></div><footer><a>Company</a><a>Newsroom</a></footer></div></body></html>"""


def test_an_uber_post_keeps_its_list_and_loses_what_is_most_popular() -> None:
    document = extracted(UBER, url="https://www.uber.com/blog/sorting-listing-photos/")
    assert ("list item", "Latency: forty milliseconds at the most") in kinds(document)
    assert ("heading", "Model") in kinds(document)
    assert all(line in document.text for line in LINES)
    assert not any(word in document.text for word in ("new warehouse", "new way to ride", "Newsroom"))


SLIDES = [
    "Sorting listing photos\nAda Berg\nLarkfield",
    "Why\nGuests look at rooms\nGardens come last",
    "The model: twelve layers, forty milliseconds, and nothing that a phone could not hold in its memory at once",
    "What we learned\nLabels are wrong\nCleaning them pays more than another layer does",
]
NEXT = f"""<!DOCTYPE html><html><head><title>Sorting listing photos | PPT</title>
<meta property="og:title" content="Sorting listing photos"><meta property="og:description" content="How photos are sorted.">
</head><body><div id="__next"><h1>Sorting listing photos</h1><a>Ada Berg</a><button>Download</button><div>1 of 4</div>
<div class="recommended"><h2>Recommended</h2><a>Tea for beginners</a><a>State of the cloud</a></div></div>
<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"pageProps": {"slideshow": {"title": "x", "transcript": SLIDES}}}})}</script>
</body></html>"""
OLD = (
    "<!DOCTYPE html><html><head><title>Sorting listing photos</title></head><body><h1>Sorting listing photos</h1>"
    "<div class='j-slides'><img src='1.jpg'><img src='2.jpg'></div><h3>Recommended</h3><a>Tea for beginners</a>"
    "<div id='notesAndTranscript'><h3>Transcript</h3><ol class='j-transcripts transcripts'>"
    + "".join(f"<li>{number}. {slide.replace(chr(10), '<br>• ')}</li>" for number, slide in enumerate(SLIDES, start=1))
    + "</ol></div></body></html>"
)
NEW = (
    "<!DOCTYPE html><html><head><title>Sorting listing photos | PPTX</title></head><body><h1>Sorting listing photos</h1>"
    "<section><h2>Transcript</h2><ul>"
    + "".join(f"<li><span>Slide {number}:</span> {slide}</li>" for number, slide in enumerate(SLIDES, start=1))
    + "</ul></section><section><h2>More like this</h2><ul><li>Tea for beginners</li></ul></section></body></html>"
)


@pytest.mark.parametrize("page", [NEXT, OLD, NEW], ids=["data", "old", "new"])
def test_a_slideshare_page_gives_the_transcript_that_it_carries_slide_by_slide(page: str) -> None:
    url = "https://www.slideshare.net/adaberg/sorting-listing-photos"
    document = extracted(page, url=url, kind=SourceKind.SLIDES)
    pages = {document.text[block.start : block.end]: block.page for block in document.blocks}
    for number, slide in enumerate(SLIDES, start=1):
        assert all(line in document.text for line in slide.split("\n"))
        assert any(page == number and text in slide for text, page in pages.items())
    assert "Tea for beginners" not in document.text
    assert "Download" not in document.text


def test_a_transcript_in_lists_inside_each_other_is_read_once() -> None:
    depth = 2_000
    page = (
        "<html><h1>Sorting listing photos</h1>"
        + "<div class='transcript'><ol><li>1. What is ranked is counted. " * depth
    )
    document = extracted(page, url="https://www.slideshare.net/adaberg/sorting", kind=SourceKind.SLIDES)
    assert document.text.count("What is ranked is counted.") == depth


def test_a_slideshare_page_without_a_transcript_is_no_document() -> None:
    page = "<html><head><title>x</title></head><body><h1>Sorting listing photos</h1><img><button>Download</button></body></html>"
    with pytest.raises(ExtractError) as caught:
        extracted(page, url="https://www.slideshare.net/adaberg/sorting-listing-photos", kind=SourceKind.SLIDES)
    assert caught.value.reason is Reason.EMPTY


def test_a_page_about_a_paper_says_that_it_is_not_the_paper() -> None:
    page = f"<html><head><title>Sorting listing photos</title></head><body><h1>Sorting listing photos</h1><h2>Abstract</h2>{PROSE}</body></html>"
    document = extracted(page, url="https://dl.acm.org/doi/10.1145/1", kind=SourceKind.PAPER)
    assert document.note.startswith("Known by a page about it alone")


def test_another_page_under_the_listed_address_is_refused() -> None:
    with pytest.raises(ExtractError) as caught:
        extracted(MEDIUM, url="https://medium.com/larkfield-engineering/x", title="Large-scale graph partitioning")
    assert caught.value.reason is Reason.WRONG_CONTENT


def test_a_spun_copy_on_another_host_is_refused() -> None:
    source = Source("one", "Sorting listing photos", "https://medium.com/larkfield-engineering/x", SourceKind.BLOG, organisation="Larkfield", authors=("Ada Berg",))  # fmt: skip
    spun = f"<html><head><title>Sorting listing photos</title></head><body><article><h1>Sorting listing photos</h1>{PROSE}</article></body></html>"
    moved = spun.replace("<article>", "<article><p>By Ada Berg of Larkfield, where she sorts photos.</p>")

    def found(page: str) -> str:
        url, headers, date = (
            "https://spinner.example/photos",
            {"content-type": "text/html"},
            datetime(2026, 1, 1, tzinfo=UTC),
        )
        return extract.extract(Snapshot(source.url, url, 200, headers, page.encode(), date), source).documents[0].id

    assert found(moved) == "one"
    with pytest.raises(ExtractError, match="names neither Berg nor Larkfield"):
        found(spun)


def test_code_is_never_a_sentence() -> None:
    document = extracted(MEDIUM, url="https://medium.com/x/y")
    assert [block.kind for block in document.blocks].count(BlockKind.CODE) == 1
