import pytest

from ingest import bylines, html
from tests.ingest.pages import Prose


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Posted by Ada Berg and Bo Lind, Software Engineers, Larkfield Research Europe", ("Ada Berg", "Bo Lind")),
        ("Posted by Ada Berg, Bo van der Lind & Cy O’Hara", ("Ada Berg", "Bo van der Lind", "Cy O’Hara")),
        ("Posted by Ada Berg, Senior Staff Engineer, and Bo Lind, Intern", ("Ada Berg",)),
        ("By Ada M. Berg", ("Ada M. Berg",)),
        ("By Ada Berg | May 4, 2023", ("Ada Berg",)),
        ("Written by: Ada Berg on 4 May 2023", ("Ada Berg",)),
        ("by Jean-Luc d’Arc, 3 min read", ("Jean-Luc d’Arc",)),
        ("By Ada Berg. The queue grew.", ("Ada Berg",)),
        ("Posted by admin", ()),
        ("By subject", ()),
        ("By Monday", ()),
        ("By Larkfield Research", ()),
        ("By the end of March the Queue Team had moved every shard", ()),
        ("By using Machine Learning, we halve the delay of every request.", ()),
        ("Standby Ada Berg", ()),
        ("Sorted by Ada Berg", ()),
        ("By Ada Berg and " + "many of her friends who have worked on it for years " * 3, ()),
    ],
)
def test_a_byline_names_people_and_neither_their_work_nor_a_sentence(line: str, names: tuple[str, ...]) -> None:
    assert bylines.names(line) == names


HOUSE = '{"@context":"http://schema.org","@type":"BlogPosting","headline":"Slow","author":{"@type":"Person","name":"Larkfield"}}'
TEXT = Prose("byline").ps(6)


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        ("", f"<h1>Slow queues</h1><p>Posted by Ada Berg, Engineer</p>{TEXT}", ("Ada Berg",)),
        ("", f"<h1>Slow queues</h1><div><span>By</span> <a href='/a'>Ada Berg</a></div>{TEXT}", ("Ada Berg",)),
        (
            '<meta name="author" content="Bo Lind">',
            f"<h1>Slow queues</h1><p>Posted by Ada Berg</p>{TEXT}",
            ("Bo Lind",),
        ),
        (
            f'<script type="application/ld+json">{HOUSE}</script>',
            f"<h1>Slow queues</h1><p>Posted by Ada Berg</p>{TEXT}",
            ("Ada Berg",),
        ),
        ("", f"<h1>Slow queues</h1>{TEXT}<p>Posted by Ada Berg</p>", ()),
        ("", f"<h1>Slow queues</h1>{TEXT}", ()),
    ],
)
def test_a_byline_above_the_text_is_read_where_the_head_names_nobody(
    head: str, body: str, authors: tuple[str, ...]
) -> None:
    page = f"<html><head><title>Slow queues</title>{head}</head><body><article>{body}</article></body></html>"
    assert html.read(page.encode(), url="https://larkfield.example/queues").authors == authors
