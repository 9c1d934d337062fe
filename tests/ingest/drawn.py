# ruff: noqa: E501 - markup, as pages have it
"""Pages whose structure is drawn by a seed, with the article marked: layouts, articles and side matter combined anew.

`pages` writes down one page a shape; here every page is one that nobody has written. A page is a frame (how the boxes
nest and what their classes are), an article (a draw of paragraphs, lists, code, tables, questions …) and what stands
around it. Marks, prose and the reference text are those of `pages`.
"""

import random
from collections.abc import Callable, Iterator
from html import escape

from tests.ingest.pages import CODE, CONFIG, END, MAIN, Page, Prose

_WORDS = (
    "queue",
    "shard",
    "label",
    "cache",
    "ranker",
    "window",
    "budget",
    "replica",
    "bucket",
    "sample",
    "vector",
    "index",
)
_FIRST = ("Slow", "Cold", "Cheap", "Late", "Broken", "Quiet", "Hidden", "Second", "Narrow", "Stale")


class _Draw:
    """One page in the making: its prose, its dice, and the headings and code that must come through."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.prose = Prose(f"drawn {seed}")
        self.headings: list[str] = []
        self.code: list[str] = []

    def title(self) -> str:
        return f"{self.dice.choice(_FIRST)} {self.dice.choice(_WORDS)} and {self.dice.choice(_FIRST).lower()} {self.dice.choice(_WORDS)} {self.dice.randint(2, 99)}"

    def head(self, level: int) -> str:
        text = self.title()
        self.headings.append(text)
        return f'<h{level} id="s{len(self.headings)}">{text}</h{level}>\n'

    def program(self) -> str:
        text = self.dice.choice((CODE, CONFIG)).replace("limit", f"limit_{len(self.code)}")
        self.code.append(text)
        return text


def _paragraphs(draw: _Draw) -> str:
    tag = draw.dice.choice(("p", "p", "p", "p"))
    return "".join(
        f"<{tag}>{draw.prose.text(draw.dice.randint(2, 5))}</{tag}>\n" for _ in range(draw.dice.randint(1, 3))
    )


def _list(draw: _Draw) -> str:
    kind = draw.dice.choice(("ul", "ol"))
    items = "".join(f"<li>{draw.prose.sentence()}</li>\n" for _ in range(draw.dice.randint(2, 5)))
    nested = (
        f"<li>{draw.prose.sentence()}<ul><li>{draw.prose.sentence()}</li><li>{draw.prose.sentence()}</li></ul></li>"
    )
    return f"<{kind}>{items}{nested if draw.dice.random() < 0.3 else ''}</{kind}>\n"


def _code(draw: _Draw) -> str:
    text = draw.program()
    spans = "\n".join(f'<span class="tok k">{escape(line)}</span>' for line in text.split("\n"))
    forms = (
        f'<pre><code class="language-python">{escape(text)}</code></pre>',
        f'<div class="highlight"><pre class="chroma"><code>{spans}</code></pre></div>',
        f"<figure class='code'><pre>{escape(text).replace(chr(10), '<br>')}</pre></figure>",
        f'<div class="code-toolbar"><pre class="line-numbers">{escape(text)}</pre><div class="toolbar"><button>Copy</button></div></div>',
    )
    return f"<p>{draw.prose.text(2)}</p>{draw.dice.choice(forms)}<p>{draw.prose.text(2)}</p>\n"


def _table(draw: _Draw) -> str:
    rows = "".join(
        f"<tr><td>{draw.dice.choice(_WORDS)} {n}</td><td>{draw.dice.randint(3, 900)}</td><td>{draw.prose.sentence()}</td></tr>"
        for n in range(draw.dice.randint(2, 6))
    )
    wrap = draw.dice.choice(
        ("{}", '<div class="table-responsive">{}</div>', '<div class="wp-block-table"><div>{}</div></div>')
    )
    table = (
        f"<table><thead><tr><th>Part</th><th>Rows</th><th>What it does</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    return f"<p>{draw.prose.text(2)}</p>{wrap.format(table)}<p>{draw.prose.text(2)}</p>\n"


def _quote(draw: _Draw) -> str:
    return f"<blockquote><p>{draw.prose.text(2)}</p></blockquote><p>{draw.prose.text(2)}</p>\n"


def _note(draw: _Draw) -> str:
    tag = draw.dice.choice(("div", "aside"))
    return f'<{tag} class="{draw.dice.choice(("admonition note", "callout callout-info", "tip"))}"><p>{draw.prose.text(2)}</p></{tag}><p>{draw.prose.text(2)}</p>\n'


def _questions(draw: _Draw) -> str:
    asked = [
        (f"May I {verb} the {draw.dice.choice(_WORDS)} {n}?", draw.prose.text(draw.dice.randint(2, 4)))
        for n, verb in enumerate(("move", "drop", "share", "copy"))
    ]
    forms: tuple[Callable[[str, str], str], ...] = (
        lambda q, a: f"<details><summary>{q}</summary><p>{a}</p></details>",
        lambda q, a: f'<div class="faq-item"><div class="q">{q}</div><div class="a">{a}</div></div>',
        lambda q, a: f"<dt>{q}</dt><dd>{a}</dd>",
        lambda q, a: (
            f'<div class="accordion-item"><div class="accordion-header" role="button">{q}</div><div class="accordion-body"><p>{a}</p></div></div>'
        ),
    )
    form = draw.dice.choice(forms)
    inside = "".join(form(q, a) for q, a in asked)
    return (
        f"<dl>{inside}</dl>"
        if inside.startswith("<dt")
        else f'<div class="{draw.dice.choice(("faq", "accordion", "questions"))}">{inside}</div>\n'
    )


def _aside(draw: _Draw) -> str:
    """What stands in the middle of an article and is no part of it."""
    forms = (
        f'<div class="newsletter-signup"><p>{draw.prose.text(1)} Subscribe to our letter.</p><form><input type="email"><button>Send</button></form></div>',
        '<div class="ad-slot"><span>Advertisement</span></div>',
        f'<p class="read-more"><a href="/x">Read more: {draw.title()}</a></p>',
        f'<div class="related-inline"><ul><li><a href="/1">{draw.title()}</a></li><li><a href="/2">{draw.title()}</a></li></ul></div>',
    )
    return f"{END}{draw.dice.choice(forms)}{MAIN}"


_PIECES = (_paragraphs, _paragraphs, _list, _code, _table, _quote, _note, _questions)
_SUBJECTS: dict[str, tuple[Callable[[_Draw], str], ...]] = {
    "blog": _PIECES,
    "docs": (_paragraphs, _code, _code, _table, _list, _note),
    "news": (_paragraphs, _paragraphs, _paragraphs, _quote, _list),
    "tables": (_paragraphs, _table, _table),
    "code": (_paragraphs, _code, _code),
    "faq": (_paragraphs, _questions, _questions),
}


def _body(draw: _Draw, subject: str) -> str:
    pieces = [_paragraphs(draw)]
    for _ in range(draw.dice.randint(3, 6)):
        pieces.append(draw.head(draw.dice.choice((2, 2, 3))))
        pieces.append(_paragraphs(draw) if draw.dice.random() < 0.5 else "")
        pieces.append(draw.dice.choice(_SUBJECTS[subject])(draw))
        if draw.dice.random() < 0.2:
            pieces.append(_aside(draw))
    return "".join([*pieces, _paragraphs(draw)])


def _menu(draw: _Draw) -> str:
    links = "".join(
        f'<li><a href="/{n}">{draw.dice.choice(_FIRST)} {word}s</a></li>' for n, word in enumerate(_WORDS[:6])
    )
    return draw.dice.choice(
        (
            f"<header><nav><ul>{links}</ul></nav></header>",
            f'<div class="topbar"><div class="logo"><a href="/">Larkfield</a></div><ul class="menu">{links}</ul></div>',
            f'<div id="header" class="header"><a href="/">Larkfield</a> <div class="mainnav"><ul>{links}</ul></div></div>',
        )
    )


def _offers(draw: _Draw) -> str:
    """A column of offers and links, most of it links, with labels that are none."""
    boxes = "".join(
        f'<div class="sideBox"><div class="sideHead">{draw.dice.choice(_FIRST)} offers for you</div><div class="sideIn"><a href="/o{n}">'
        f"{draw.title()}, wireless, {n + 3} hours of playing time and a case of leather</a><div>Price before</div><div>{30 + n},99 €</div><div>Price today</div>"
        f"<div>{20 + n},99 €</div></div><div class='sideFoot'><a href='/all'>All of our offers</a></div></div>"
        for n in range(draw.dice.randint(2, 4))
    )
    links = "".join(f'<li><a href="/l{n}">{draw.title()}</a></li>' for n in range(5))
    return f'{boxes}<div class="sideBox"><div class="sideHead">Latest news</div><div class="sideIn"><ul>{links}</ul></div></div>'


def _links(draw: _Draw) -> str:
    links = "".join(f'<li><a href="/l{n}">{draw.title()}</a></li>' for n in range(draw.dice.randint(4, 9)))
    return f"<h3>Recent posts</h3><ul>{links}</ul>"


def _after(draw: _Draw) -> str:
    cards = "".join(
        f'<div class="card"><h3><a href="/{n}">{draw.title()}</a></h3><p>{draw.prose.sentence()}</p></div>'
        for n in range(3)
    )
    talk = "".join(
        f'<div class="comment"><b>reader{n}</b><p>{draw.prose.text(2)}</p></div>'
        for n in range(draw.dice.randint(2, 6))
    )
    drawn = draw.dice.sample(
        (
            f'<div class="related-posts"><h2>You may like</h2>{cards}</div>',
            f'<div id="comments" class="comments"><h3>Comments</h3>{talk}</div>',
            '<div class="share"><a href="#a">Tweet</a> <a href="#b">Share</a></div>',
            f'<div class="author-bio"><p>Ada Berg writes about machines. {draw.prose.sentence()}</p></div>',
            '<div class="newsletter"><h3>Stay in touch</h3><p>One letter a month, straight to your inbox, and no more than that.</p></div>',
        ),
        k=draw.dice.randint(0, 3),
    )
    return "".join(drawn)


def _foot(draw: _Draw) -> str:
    text = "Copyright 2024 Larkfield GmbH, all rights reserved. <a href='/imprint'>Imprint</a> <a href='/privacy'>Privacy</a>"
    return draw.dice.choice(
        (f"<footer><p>{text}</p></footer>", f'<div class="footer" id="footer"><div>{text}</div></div>')
    )


def _opening(draw: _Draw, title: str) -> str:
    byline = draw.dice.choice(
        (
            "",
            '<div class="byline">By <a href="/ada">Ada Berg</a> · <time datetime="2023-05-04">May 4, 2023</time></div>',
            '<p class="meta"><span>4 May 2023</span> <span>6 min read</span></p>',
        )
    )
    lead = draw.dice.choice(
        ("", "", f'<div class="teaser-text">{draw.prose.text(2)}</div>', f'<p class="lead">{draw.prose.text(2)}</p>')
    )
    return (
        f"{MAIN}<h1>{title}</h1>{END}{byline}{MAIN}{lead}{END}"
        if draw.dice.random() < 0.5
        else f"{MAIN}<h1>{title}</h1>{lead}{END}{byline}"
    )


def _article(draw: _Draw, top: str, body: str, side: str, after: str) -> str:
    inner = draw.dice.choice(("entry-content", "post-body", "c-article__body", "css-1x2y3z", "prose"))
    aside = (
        f'<aside class="sidebar">{side}</aside>' if draw.dice.random() < 0.5 else f'<div class="col-right">{side}</div>'
    )
    return (
        f'<main><article class="post">{top}<div class="{inner}">{MAIN}{body}{END}</div></article>{after}</main>{aside}'
    )


def _divs(draw: _Draw, top: str, body: str, side: str, after: str) -> str:
    names = draw.dice.choice(
        (
            ("wrap", "left", "txt"),
            ("page", "main", "content"),
            ("a1 b2", "c3", "d4 e5"),
            ("outer", "centerWrap", "newsContent"),
        )
    )
    return (
        f'<div class="{names[0]}"><div class="{names[1]}">{top}<div class="{names[2]}">{MAIN}{body}{END}</div>{after}</div>'
        f'<div class="right">{side}</div></div>'
    )


def _bands(draw: _Draw, top: str, body: str, side: str, after: str) -> str:
    """A page of sections, each in boxes that are there for their layout alone."""
    classes = draw.dice.choice(("container sec", "container", "section block", "row"))
    ground = draw.dice.choice(('<div class="ground">{}</div>', "{}"))
    pieces = body.split("<h2")
    first, rest = pieces[0], [f"<h2{piece}" for piece in pieces[1:]]
    boxes = [f'<div class="{classes}">{top}{MAIN}{first}{END}</div>']
    boxes += [f'<div class="{classes}">{MAIN}{piece}{END}</div>' for piece in rest]
    shown = "".join(ground.format(box) if n % 2 else box for n, box in enumerate(boxes))
    return f'{shown}<div class="links"><ul>{side}</ul></div>{after}'


def _streamed(draw: _Draw, top: str, body: str, side: str, after: str) -> str:
    shell = f'<div id="root"><main><template id="B:0"></template><div class="skeleton">Loading</div></main><div class="rail">{side}</div></div>'
    piece = f'<div hidden id="S:0"><article>{top}<div class="{draw.dice.choice(("prose", "body", "css-9z"))}">{MAIN}{body}{END}</div></article>{after}</div>'
    return f'{shell}{piece}<script>$RC("B:0","S:0")</script>'


def _cells(draw: _Draw, top: str, body: str, side: str, after: str) -> str:
    width = draw.dice.choice((120, 160))
    return f'<table width="100%"><tr><td width="{width}">{side}</td><td>{top}{MAIN}{body}{END}{after}</td></tr></table>'


_FRAMES = (_article, _article, _divs, _bands, _streamed, _cells)


def _forum(draw: _Draw) -> tuple[str, str]:
    """A question with its answers: every post is text."""
    title = f"How do I keep the {draw.dice.choice(_WORDS)} {draw.dice.randint(2, 99)} exact?"
    names = draw.dice.choice(
        (("post", "post-content"), ("message", "message-body"), ("topic-post clearfix", "cooked"), ("c1", "c2"))
    )
    posts = "".join(
        f'<div class="{names[0]}"><div class="user"><a href="/u{n}">user{n}</a> <span>{n} May 2023</span></div><div class="{names[1]}">{MAIN}'
        f"{_paragraphs(draw)}{_code(draw) if draw.dice.random() < 0.3 else ''}<p>{draw.prose.text(2)}</p>{END}</div><div class='buttons'><a href='#q'>Quote</a> <a href='#r'>Reply</a></div></div>"
        for n in range(draw.dice.randint(3, 7))
    )
    return title, f'<div class="thread">{MAIN}<h1>{title}</h1>{END}{posts}</div><div class="side">{_links(draw)}</div>'


def page(seed: int) -> Page:
    """The page of a seed."""
    draw = _Draw(seed)
    subject = draw.dice.choice((*_SUBJECTS, "forum"))
    menu = _menu(draw)
    if subject == "forum":
        title, content = _forum(draw)
    else:
        title = draw.title()
        draw.headings.append(title)
        top = _opening(draw, title)
        side = _offers(draw) if subject == "news" or draw.dice.random() < 0.2 else _links(draw)
        frame = draw.dice.choice(_FRAMES)
        content = frame(draw, top, _body(draw, subject), side, _after(draw))
        subject = f"{subject}-{frame.__name__.strip('_')}"
    named = draw.dice.choice((title, f"{title} | Larkfield", f"{title} - Notes of Larkfield"))
    markup = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{named}</title></head><body>{menu}{content}{_foot(draw)}</body></html>'
    return Page(f"{seed}-{subject}", markup, tuple(draw.headings), tuple(draw.code))


def pages(count: int, *, first: int = 0) -> Iterator[Page]:
    """Pages of seeds in a row."""
    for seed in range(first, first + count):
        yield page(seed)
