# ruff: noqa: E501 - markup, as pages have it
"""Pages of many shapes, written for measuring extraction: what is their article stands between two marks.

`MAIN` and `END` are comments; `reference` reads what stands between them and `bare` removes them, so that no extractor
sees them. The prose is drawn from a few words by a fixed seed: every sentence is another one, so that text in the wrong
place, twice or missing changes the measure.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAIN, END = "<!--main-->", "<!--end-->"

_NOUNS = [
    "ranker",
    "feature",
    "store",
    "counter",
    "label",
    "model",
    "shard",
    "index",
    "queue",
    "cache",
    "vector",
    "bucket",
    "metric",
    "replica",
    "request",
    "window",
    "sample",
    "gradient",
    "threshold",
    "embedding",
    "catalogue",
    "session",
    "candidate",
    "latency",
    "budget",
    "pipeline",
    "experiment",
    "dashboard",
]
_VERBS = [
    "reads",
    "writes",
    "scores",
    "filters",
    "delays",
    "replaces",
    "measures",
    "compares",
    "doubles",
    "drops",
    "repairs",
    "samples",
    "trains",
]
_TAILS = [
    "before the night job starts",
    "in under forty milliseconds",
    "when traffic peaks on Sundays",
    "without any change to the schema",
    "after two weeks of shadow traffic",
    "because the old one was too coarse",
    "for every seller in the region",
    "as long as the stream keeps up",
    "which nobody had expected",
    "at a third of the cost",
]
_FOREIGN = {
    "de": "Die Größe der Stichprobe zählt|Das Modell prüft jede Anfrage|Für Händler gilt eine höhere Schwelle|Über Nacht "
    "wird der Speicher geräumt|Später lief die Übung ohne Fehler|Nur wenige Nutzer bemerkten die Änderung",
    "zh": "排序模型每晚重新训练一次|特征库在高峰时段会变慢|我们比较了两种采样方法|用户的点击记录保存三十天|延迟预算只有一百毫秒|新的索引分成八个分片",
    "ja": "順位付けのモデルは毎晩学習し直される|特徴量の保存先は夜に遅くなる|二つの標本抽出の方法を比べた|応答は百ミリ秒以内に返す|索引は八つに分けられている",
    "ar": "يقرأ النموذج أربعين سمة لكل مرشح|تتأخر الطوابير في ساعات الذروة|قارنا بين طريقتين لأخذ العينات|يعاد تدريب النموذج كل ليلة|تحفظ السجلات ثلاثين يوما",
    "he": "המודל קורא ארבעים מאפיינים לכל מועמד|התור מתעכב בשעות העומס|השווינו בין שתי שיטות דגימה|האימון חוזר בכל לילה|היומנים נשמרים שלושים יום",
    "ru": "Модель читает сорок признаков|Очередь растёт в часы пик|Мы сравнили два способа выборки|Обучение идёт каждую ночь|Журналы хранятся тридцать дней",
    "hi": "मॉडल हर उम्मीदवार के चालीस गुण पढ़ता है|व्यस्त समय में कतार बढ़ती है|हमने नमूना लेने के दो तरीकों की तुलना की|हर रात प्रशिक्षण फिर चलता है",
}
_STOPS = {"zh": "。", "ja": "。", "hi": "। "}


@dataclass(frozen=True, slots=True)
class Page:
    """A page with marks, the headings and the code that must come through as they are."""

    name: str
    markup: str
    headings: tuple[str, ...]
    code: tuple[str, ...] = ()


class Prose:
    """Sentences, each another."""

    def __init__(self, name: str) -> None:
        self._drawn = random.Random(name)

    def sentence(self) -> str:
        a, b, c = self._drawn.sample(_NOUNS, 3)
        verb, tail = self._drawn.choice(_VERBS), self._drawn.choice(_TAILS)
        number = self._drawn.randint(3, 9999)
        shape = self._drawn.randint(0, 3)
        return (
            f"The {a} of the {b} {verb} {number} rows of each {c} {tail}.",
            f"In the second {a}, the {b} {verb} its {c} {tail} ({number} times a day).",
            f"A {a} that {verb} the {b} needs {number} bytes a {c}, {tail}.",
            f"Each {b} {verb} one {a} and {number} entries of the {c} {tail}.",
        )[shape]

    def text(self, sentences: int = 4) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def p(self, sentences: int = 4) -> str:
        return f"<p>{self.text(sentences)}</p>\n"

    def ps(self, count: int, sentences: int = 4) -> str:
        return "".join(self.p(sentences) for _ in range(count))

    def foreign(self, language: str, sentences: int) -> str:
        stop = _STOPS.get(language, ". ")
        pieces = _FOREIGN[language].split("|")
        drawn = (f"{self._drawn.choice(pieces)} {self._drawn.randint(2, 999)}" for _ in range(sentences))
        return stop.join(drawn) + stop


CODE = """def score(rows, model, *, limit=100):
    kept = []
    for row in rows:
        if row.seen:
            continue

        kept.append(model(row))
    return sorted(kept)[:limit]"""
CONFIG = """ranker:
  timeout_ms: 40
  stages:
    - name: candidates
      limit: 500"""
_MENU = (
    '<nav class="site-nav"><ul><li><a href="/">Home</a></li><li><a href="/blog">All of our articles</a></li>'
    '<li><a href="/jobs">Careers at the company</a></li></ul></nav>'
)
_FOOTER = (
    "<footer><p>Copyright 2024 Larkfield GmbH, all rights reserved.</p>"
    '<p><a href="/imprint">Imprint</a> <a href="/privacy">Privacy policy</a></p></footer>'
)
_COOKIES = (
    '<div id="cookie-banner" class="cookie-consent"><p>We use cookies and similar technologies to measure visits and to '
    "show you offers that fit your interests. You can change your choice at any time in the settings.</p>"
    "<button>Accept all</button> <button>Reject</button></div>"
)
_SHARE = (
    '<div class="share-buttons"><span>Share this article</span> <a href="#t">Tweet</a> <a href="#l">LinkedIn</a></div>'
)


def _related(prose: Prose) -> str:
    cards = "".join(
        f'<div class="card"><h3><a href="/{n}">Related story number {n} about the {_NOUNS[n]}</a></h3>'
        f"<p>{prose.sentence()}</p></div>"
        for n in range(3)
    )
    return f'<section class="related-posts"><h2>You might also like</h2>{cards}</section>'


def _comments(prose: Prose) -> str:
    each = "".join(
        f'<li class="comment"><div class="comment-author">Reader {n}</div><div class="comment-body">{prose.p(2)}</div></li>'
        for n in range(4)
    )
    return f'<div id="comments" class="comments-area"><h2>4 Comments</h2><ol class="comment-list">{each}</ol></div>'


def _html(title: str, body: str, *, head: str = "", lang: str = "en", attributes: str = "") -> str:
    return (
        f'<!doctype html><html lang="{lang}"{attributes}><head><meta charset="utf-8"><title>{title}</title>{head}'
        f"</head><body>{body}</body></html>"
    )


def _wordpress(prose: Prose) -> Page:
    body = f"""{_COOKIES}<header class="site-header"><div class="site-branding"><a href="/">Larkfield Notes</a></div>{_MENU}
    </header><div id="content" class="site-content"><main id="main"><article class="post-12 post type-post hentry">
    <header class="entry-header">{MAIN}<h1 class="entry-title">Why our cache was cold</h1>{END}<div class="entry-meta">
    <span class="posted-on">Posted on <time datetime="2023-05-04">May 4, 2023</time></span>
    <span class="byline">by <a rel="author" href="/author/ann">Ann Author</a></span></div></header>
    <div class="entry-content">{MAIN}{prose.ps(2)}<h2>What the logs said</h2>{prose.ps(2)}
    <figure class="wp-block-image"><img src="a.png" alt="a graph"><figcaption>Hits of the cache in one week of May.</figcaption></figure>
    <pre class="wp-block-code"><code>{CODE}</code></pre>{prose.p()}<h2>What we changed</h2><ul><li>{prose.sentence()}</li>
    <li>{prose.sentence()}</li></ul>{prose.p()}{END}{_SHARE}</div><footer class="entry-footer">
    <span class="cat-links">Posted in <a href="/c">Engineering</a></span></footer></article>{_related(prose)}{_comments(prose)}</main>
    <aside class="widget-area"><section class="widget"><h2>Recent Posts</h2><ul><li><a href="/x">Another post of ours</a></li>
    </ul></section></aside></div>{_FOOTER}"""
    headings = ("Why our cache was cold", "What the logs said", "What we changed")
    return Page("wordpress", _html("Why our cache was cold - Larkfield Notes", body), headings, (CODE,))


def _medium(prose: Prose) -> Page:
    body = f"""<div id="root"><div class="a b c"><div class="d"><a href="/">Open in app</a> <a href="/s">Sign up</a>
    <a href="/in">Sign in</a></div><article><div class="l"><div><section><div class="ci bh">{MAIN}<h1 class="pw-post-title">
    Counting views twice</h1><h2 class="pw-subtitle">A small bug with a long tail</h2>{END}<div class="m n"><a href="/@ann">Ann
    Author</a> <span>7 min read</span> <span>May 4</span><button>Follow</button></div><div class="o"><span>320</span><button>Listen
    </button><button>Share</button></div>{MAIN}{prose.ps(3)}<h1>Where it began</h1>{prose.p()}<blockquote><p>{prose.sentence()}
    </p></blockquote>{prose.p()}<pre><span class="hl">{CODE.replace(chr(10), "<br>")}</span></pre><ol><li>{prose.sentence()}</li>
    <li>{prose.sentence()}</li></ol><h1>The repair</h1>{prose.ps(2)}{END}</div></section></div></div></article>
    <div class="pp"><div><h2>Written by Ann Author</h2><p>Writes about data and cold mornings. 1.2K followers</p><button>Follow
    </button></div></div><div class="q"><h2>More from Ann Author and Larkfield</h2>{_related(prose)}</div>
    <div class="r"><a href="/help">Help</a> <a href="/status">Status</a> <a href="/about">About</a></div></div></div>"""
    headings = ("Counting views twice", "A small bug with a long tail", "Where it began", "The repair")
    return Page("medium", _html("Counting views twice | by Ann Author | Larkfield", body), headings, (CODE,))


def _substack(prose: Prose) -> Page:
    body = f"""<div class="main-menu"><a href="/">The Feature Letter</a> <button>Subscribe</button> <a href="/signin">Sign in</a>
    </div><div class="single-post"><article class="newsletter-post post"><div class="post-header">{MAIN}<h1 class="post-title">
    Slow streams</h1><h3 class="subtitle">And how to see them coming</h3>{END}<div class="byline">Ann Author · Apr 2, 2024</div>
    </div><div class="available-content"><div class="body markup">{MAIN}{prose.ps(3)}{END}<div class="subscription-widget-wrap">
    <p class="preamble">The Feature Letter is a reader-supported publication. To receive new posts and support my work, consider
    becoming a free or paid subscriber.</p><form><input type="email"><button>Subscribe</button></form></div>{MAIN}<h2>Lag
    is a symptom</h2>{prose.ps(3)}<h2>What to watch</h2>{prose.ps(2)}<ul><li><p>{prose.sentence()}</p></li><li><p>
    {prose.sentence()}</p></li></ul>{END}</div></div><div class="post-footer"><a href="/like">12 Likes</a> <a href="/share">Share</a>
    </div></article><div class="comments-page"><h4>Discussion about this post</h4>{_comments(prose)}</div></div>"""
    headings = ("Slow streams", "And how to see them coming", "Lag is a symptom", "What to watch")
    return Page("substack", _html("Slow streams - by Ann Author - The Feature Letter", body), headings)


def _jekyll_math(prose: Prose) -> Page:
    body = f"""<header class="site-header"><div class="wrapper"><a class="site-title" href="/">notes</a></div></header>
    <main class="page-content"><div class="wrapper"><article class="post"><header class="post-header">{MAIN}<h1 class="post-title">
    Bandits with a budget</h1>{END}<p class="post-meta"><time>Jan 2, 2022</time></p></header><div class="post-content">
    <ul id="toc"><li><a href="#a">Regret</a></li><li><a href="#b">Bounds</a></li></ul>{MAIN}{prose.p()}
    <h2 id="a">Regret</h2><p>Let $r_t$ be the reward at time $t$; the regret after $T$ steps is</p>
    <p>$$ R_T = T \\mu^* - \\sum_{{t=1}}^T \\mathbb{{E}}[r_t] $$</p>{prose.p()}<div class="math">\\[ a^* = \\arg\\max_a Q(a) \\]</div>
    {prose.p(2)}<h2 id="b">Bounds</h2>{prose.p()}<p>$$ P(X > \\bar X + u) \\le e^{{-2tu^2}} $$</p><p>so that</p>
    <p>$$ U_t(a) = \\sqrt{{\\frac{{-\\log p}}{{2 N_t(a)}}}} $$</p>{prose.p()}<h2>References</h2><p>[1] A. Author. On budgets of
    bandits in shops. Journal of Small Results, 2019.</p><p>[2] B. Writer and C. Editor. Regret revisited. 2020.</p>{END}</div>
    <ul class="post-tags"><li><a href="/t/bandits">bandits</a></li></ul><nav class="paginav"><a href="/p">« Older post</a></nav>
    </article></div></main>{_FOOTER}"""
    headings = ("Bandits with a budget", "Regret", "Bounds", "References")
    return Page("jekyll-math", _html("Bandits with a budget | notes", body), headings)


def _docs(prose: Prose) -> Page:
    items = "".join(f'<li><a href="/d{n}">Guide to the {noun}</a></li>' for n, noun in enumerate(_NOUNS))
    lines = "".join(
        f'<span class="line"><span class="lineno">{number}</span>{line}</span>\n'
        for number, line in enumerate(CODE.split("\n"), start=1)
    )
    body = f"""<div class="navbar"><a href="/">Larkfield Docs</a></div><div class="layout"><aside class="sidebar"><ul>{items}</ul>
    </aside><main><div class="breadcrumbs"><a href="/">Docs</a> / <a href="/g">Guides</a></div><div class="theme-doc-markdown
    markdown">{MAIN}<h1>Configure the ranker<a class="hash-link" href="#x">#</a></h1>{prose.p(2)}<h2 id="i">Install<a
    class="hash-link" href="#i">¶</a></h2>{prose.p(2)}<pre><code class="language-yaml">{CONFIG}</code></pre>
    <div class="admonition note"><p class="admonition-title">Note</p><p>{prose.sentence()}</p></div><h2>Call it</h2>{prose.p(2)}
    <div class="highlight"><pre>{lines}</pre></div><dl><dt><code>timeout_ms</code></dt><dd>{prose.sentence()}</dd>
    <dt><code>limit</code></dt><dd>{prose.sentence()}</dd></dl><table><thead><tr><th>Setting</th><th>Default</th><th>Meaning</th>
    </tr></thead><tbody><tr><td>timeout_ms</td><td>40</td><td>Time of one call</td></tr><tr><td>limit</td><td>500</td><td>Candidates
    of one request</td></tr></tbody></table>{END}</div><div class="pagination-nav"><a href="/a">Previous: Start here</a>
    <a href="/b">Next: Operate it</a></div><div class="theme-doc-footer">Was this page helpful? <a href="/e">Edit this page</a>
    Last updated on May 4</div></main><div class="table-of-contents"><ul><li><a href="#i">Install</a></li></ul></div></div>"""
    headings = ("Configure the ranker", "Install", "Call it")
    return Page("docs", _html("Configure the ranker | Larkfield Docs", body), headings, (CONFIG, CODE))


def _sphinx(prose: Prose) -> Page:
    numbered = (
        '<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre>'
        + "\n".join(str(n) for n in range(1, 9))
        + f'</pre></div></td><td class="code"><div class="highlight"><pre><span></span>{CODE}</pre></div></td></tr></table>'
    )
    body = f"""<div class="related" role="navigation"><ul><li><a href="/genindex">index</a></li><li><a href="/next">next</a></li></ul>
    </div><div class="document"><div class="documentwrapper"><div class="bodywrapper"><div class="body" role="main">
    <section id="scoring">{MAIN}<h1>Scoring rows<a class="headerlink" href="#s">¶</a></h1>{prose.p(3)}<section id="use"><h2>Use<a
    class="headerlink" href="#u">¶</a></h2>{prose.p(3)}{numbered}{prose.p(2)}</section><section id="options"><h2>Options<a
    class="headerlink" href="#o">¶</a></h2><dl class="py function"><dt class="sig">score(rows, model, *, limit=100)</dt><dd><p>
    {prose.sentence()}</p><dl class="field-list"><dt>limit</dt><dd><p>{prose.sentence()}</p></dd></dl></dd></dl>{prose.p(3)}</section>{END}</section>
    </div></div></div><div class="sphinxsidebar"><h3>Table of Contents</h3><ul><li><a href="#u">Use</a></li></ul><h4>Previous topic
    </h4><p><a href="/p">Loading rows</a></p></div></div><div class="footer">Created using a generator of documents.</div>"""
    return Page(
        "sphinx", _html("Scoring rows — ranker 2.1 documentation", body), ("Scoring rows", "Use", "Options"), (CODE,)
    )


def _divs(prose: Prose) -> Page:
    blocks = "".join(f'<div class="txt">{prose.text(3)}</div>' for _ in range(4))
    more = "".join(f'<div class="txt">{prose.text(3)}</div>' for _ in range(3))
    body = f"""<div class="top"><div class="logo">Larkfield</div><div class="menu"><a href="/a">Start</a> <a href="/b">Products</a>
    </div></div><div class="wrap"><div class="left"><div class="box"><a href="/n1">News one</a></div><div class="box"><a href="/n2">
    News two</a></div></div><div class="mid">{MAIN}<div class="hl"><h2>The shard that would not split</h2></div>{blocks}
    <div class="sub"><h3>Second attempt</h3></div>{more}{END}</div></div><div class="bot">Larkfield GmbH, Hauptstrasse 1</div>"""
    return Page(
        "divs", _html("The shard that would not split", body), ("The shard that would not split", "Second attempt")
    )


def _breaks(prose: Prose) -> Page:
    text = "<br><br>\n".join(prose.text(3) for _ in range(5))
    body = f"""<center><table width="760" border="0"><tr><td colspan="2"><a href="/">home</a> | <a href="/m">mail</a></td></tr>
    <tr><td width="140" valign="top"><a href="/1">essays</a><br><a href="/2">books</a><br><a href="/3">talks</a></td><td>{MAIN}
    <font size="5"><b>On cheap labels</b></font><br><br>June 2009<br><br>{text}<br><br>{prose.text(2)}{END}</td></tr></table></center>"""
    return Page("old-table-layout", _html("On cheap labels", body), ())


def _forum(prose: Prose) -> Page:
    answers = "".join(
        f"""<div class="answer"><div class="vote">{n * 3}</div><div class="post-text">{MAIN}{prose.ps(2, 3)}
        <pre><code>{CONFIG}</code></pre>{prose.p(1)}{END}</div><div class="user-info">answered by <a href="/u{n}">user{n}</a></div></div>"""
        for n in (2, 1)
    )
    body = f"""{_MENU}<div id="content"><div id="question-header">{MAIN}<h1><a href="/q/1">How do I keep a counter exact?</a></h1>{END}
    </div><div class="question"><div class="vote">17</div><div class="post-text">{MAIN}{prose.ps(2, 3)}<pre><code>{CODE}</code></pre>
    {prose.p(2)}{END}</div><div class="tags"><a href="/t/c">counters</a></div></div><div id="answers"><h2>2 Answers</h2>{answers}</div>
    </div><div id="sidebar"><h4>Linked</h4><a href="/q/2">A question about queues</a><h4>Hot network questions</h4><ul><li>
    <a href="/q/3">Why is my bucket empty?</a></li></ul></div>{_FOOTER}"""
    return Page(
        "forum", _html("How do I keep a counter exact? - Larkfield Answers", body), ("How do I keep a counter exact?",),
        (CODE, CONFIG),
    )  # fmt: skip


def _lecture(prose: Prose) -> Page:
    body = f"""<div class="header"><a href="/">ML 101</a> <a href="/schedule">Schedule</a></div><div class="content">{MAIN}<h1>Lecture 4:
    sampling</h1>{prose.p(3)}<h2>1. Negatives</h2>{prose.p(3)}<p><span class="math display">\\[ w_i = \\frac{{1}}{{p_i}} \\]</span></p>{prose.p(2)}
    <ol><li>{prose.sentence()}<pre><code>{CONFIG}</code></pre></li><li>{prose.sentence()}<ul><li>{prose.sentence()}</li><li>
    {prose.sentence()}</li></ul></li></ol><h2>2. Exercises</h2><ol><li>{prose.sentence()}</li><li>{prose.sentence()}</li>
    <li>{prose.sentence()}</li></ol><h2>3. Further reading</h2><ul><li><a href="/x">Sampling for shops</a>, A. Author, 2016</li><li><a
    href="/y">A note on negatives</a>, B. Writer, 2018</li></ul>{END}</div><div class="foot"><a href="/mail">Contact the staff</a></div>"""
    headings = ("Lecture 4: sampling", "1. Negatives", "2. Exercises", "3. Further reading")
    return Page("lecture", _html("Lecture 4: sampling", body), headings, (CONFIG,))


def _sections(prose: Prose) -> Page:
    faq = "".join(
        f"<details><summary>May I change the {noun} later?</summary><p>{prose.text(2)}</p></details>"
        for noun in _NOUNS[:3]
    )
    body = f"""<header><nav><a href="#a">About</a> <a href="#f">Questions</a></nav></header>{MAIN}<section class="hero"><h1>ML systems in
    twelve weeks</h1><p>{prose.sentence()}</p></section><section id="a" class="band"><div class="container"><h2>About the course</h2>
    {prose.ps(2)}</div></section><section id="g" class="band"><div class="container"><h2>Grading</h2><ul><li>{prose.sentence()}</li><li>
    {prose.sentence()}</li></ul>{prose.p(2)}</div></section><section id="f" class="band"><div class="container"><h2>Questions</h2>{faq}</div>
    </section>{END}{_FOOTER}"""
    headings = ("ML systems in twelve weeks", "About the course", "Grading", "Questions")
    return Page("sections", _html("ML systems in twelve weeks", body), headings)


def _notion(prose: Prose) -> Page:
    lines = "".join(
        f'<div data-block-id="{n}" class="notion-text-block"><div>{prose.text(3)}</div></div>' for n in range(4)
    )
    bullets = "".join(
        f'<div class="notion-bulleted_list-block"><div>•</div><div>{prose.sentence()}</div></div>' for _ in range(3)
    )
    body = f"""<div class="notion-topbar"><a href="/">Larkfield</a> <span>Duplicate</span></div><div class="notion-page-content">{MAIN}
    <h1 class="notion-header-block">Runbook of the queue</h1>{lines}<h2 class="notion-sub_header-block">When it grows</h2>{bullets}
    <div class="notion-text-block">{prose.text(4)}</div><div class="notion-code-block"><pre>{CONFIG}</pre></div>
    <div class="notion-callout-block"><div>💡</div><div>{prose.sentence()}</div></div>{END}</div>"""
    return Page("notion", _html("Runbook of the queue", body), ("Runbook of the queue", "When it grows"), (CONFIG,))


def _notes(prose: Prose) -> Page:
    body = f"""{_MENU}<main><article>{MAIN}<h1>Costs of a label</h1>{prose.p()}<p>{prose.text(2)}<sup id="r1"><a href="#n1">1</a></sup>
    {prose.text(1)}</p><h2>Prices</h2>{prose.p()}<figure><table><tr><th>Source</th><th>Cents</th></tr><tr><td>Crowd</td><td>4</td></tr>
    <tr><td>Expert</td><td>310</td></tr></table><figcaption>Table 1: what one label cost us in 2021.</figcaption></figure>{prose.p()}
    <section class="footnotes" role="doc-endnotes"><ol><li id="n1"><p>{prose.sentence()} <a href="#r1" class="footnote-backref">↩</a>
    </p></li></ol></section>{END}</article><div class="newsletter-signup"><h3>Stay in touch</h3><p>Get one letter a month with new
    articles, straight into your inbox.</p></div>{_related(prose)}</main>{_FOOTER}"""
    return Page("footnotes", _html("Costs of a label · Larkfield", body), ("Costs of a label", "Prices"))


def _tabs(prose: Prose) -> Page:
    body = f"""{_MENU}<main><article>{MAIN}<h1>Call the service</h1>{prose.ps(2)}{END}<div class="tabs"><ul role="tablist"><li role="tab">Python
    </li><li role="tab">YAML</li></ul>{MAIN}<div role="tabpanel"><pre><code>{CODE}</code></pre></div><div role="tabpanel" hidden><pre><code>
{CONFIG}</code></pre></div>{END}</div>{MAIN}<h2>Errors</h2>{prose.ps(2)}<ul><li>{prose.sentence()}<pre>{CONFIG}</pre></li></ul>{prose.p()}
    {END}</article></main>{_FOOTER}"""
    return Page("tabs", _html("Call the service", body), ("Call the service", "Errors"), (CODE, CONFIG))


def _comments_below(prose: Prose) -> Page:
    many = "".join(f'<div class="comment"><b>reader{n}</b> wrote: {prose.p(3)}</div>' for n in range(12))
    body = f"""{_MENU}<div class="post">{MAIN}<h1>Short post, long talk</h1>{prose.ps(3)}{END}<p class="meta">Filed under
    <a href="/m">models</a></p></div><div class="comments"><h3>12 responses</h3>{many}<form><label>Your comment</label><textarea>
    </textarea></form></div>{_FOOTER}"""
    return Page("comments", _html("Short post, long talk", body), ("Short post, long talk",))


def _foreign(language: str) -> Callable[[Prose], Page]:
    def page(prose: Prose) -> Page:
        heads = {name: words.split("|")[0] for name, words in _FOREIGN.items()}
        second = _FOREIGN[language].split("|")[1]
        paragraphs = "".join(f"<p>{prose.foreign(language, 7)}</p>" for _ in range(3))
        more = "".join(f"<p>{prose.foreign(language, 7)}</p>" for _ in range(3))
        direction = ' dir="rtl"' if language in {"ar", "he"} else ""
        body = f"""{_MENU}<div class="content"><div class="article">{MAIN}<h1>{heads[language]}</h1>{paragraphs}<h2>{second}</h2>{more}
        <ul><li>{prose.foreign(language, 2)}</li><li>{prose.foreign(language, 2)}</li></ul>{END}</div></div>{_FOOTER}"""
        markup = _html(heads[language], body, lang=language, attributes=direction)
        return Page(f"in-{language}", markup, (heads[language], second))

    return page


def _glossary(prose: Prose) -> Page:
    terms = "".join(f"<dt>{noun}</dt><dd>{prose.text(2)}</dd>" for noun in _NOUNS[:12])
    body = f"""{_MENU}<main>{MAIN}<h1>Terms of ranking</h1>{prose.p(2)}<dl>{terms}</dl>{END}</main>{_FOOTER}"""
    return Page("glossary", _html("Terms of ranking", body), ("Terms of ranking",))


def _news(prose: Prose) -> Page:
    body = f"""{_COOKIES}<header>{_MENU}</header><div class="page"><div class="article-wrap"><article><div class="kicker"><a href="/tech">Tech</a></div>
    {MAIN}<h1>Shop halves its delays</h1><p class="lead"><strong>{prose.text(2)}</strong></p>{END}<div class="author-line">By <a href="/ann">Ann
    Author</a> | 4 May 2023, 10:15</div><div class="body">{MAIN}{prose.ps(2, 3)}{END}<div class="ad"><span>Advertisement</span></div>
    <p class="read-more"><a href="/z">Read more: The summer of slow queues</a></p>{MAIN}{prose.ps(2, 3)}<h2>What comes next</h2>{prose.ps(2, 3)}
    {END}</div><div class="tags"><a href="/t1">Shops</a> <a href="/t2">Delays</a></div><div class="author-bio"><p>Ann Author has written about
    technology for our paper since 2011 and lives in Kiel with two cats.</p></div></article>{_related(prose)}</div><aside
    class="most-read"><h3>Most read</h3><ol><li><a href="/1">First of the most read stories</a></li></ol></aside></div>{_FOOTER}"""
    return Page(
        "news", _html("Shop halves its delays | The Daily Lark", body), ("Shop halves its delays", "What comes next")
    )


def _repository(prose: Prose) -> Page:
    links = "".join(
        f'<li><a href="https://papers.example/{n}">A paper on the {noun}</a> by someone, 2017</li>'
        for n, noun in enumerate(_NOUNS[:6])
    )
    body = f"""<div class="AppHeader"><a href="/login">Sign in</a></div><div class="repository-content"><div class="files"><table><tr><td>
    <a href="/f">src</a></td><td>Move files</td></tr><tr><td><a href="/r">README.md</a></td><td>Fix typo</td></tr></table></div><div id="readme">
    <article class="markdown-body entry-content">{MAIN}<h1>ranker-notes</h1>{prose.p(3)}<h2>Quick start</h2>{prose.p(2)}<div
    class="highlight highlight-source-python"><pre>{CODE}</pre></div><h2>Design</h2>{prose.ps(2)}<h2>Papers</h2><ul>{links}</ul>{END}</article></div></div>
    <div class="Layout-sidebar"><h2>About</h2><p>Notes on ranking.</p><a href="/stars">12 stars</a></div>{_FOOTER}"""
    headings = ("ranker-notes", "Quick start", "Design", "Papers")
    return Page("repository", _html("GitHub - lark/ranker-notes: Notes on ranking", body), headings, (CODE,))


def _short(prose: Prose) -> Page:
    body = f"""{_MENU}<main>{MAIN}<h1>Release 2.1</h1><p>{prose.sentence()}</p><ul><li>{prose.sentence()}</li><li>{prose.sentence()}</li></ul>{END}
    </main>{_COOKIES}{_FOOTER}"""
    return Page("short", _html("Release 2.1", body), ("Release 2.1",))


def _transcript(prose: Prose) -> Page:
    turns = "".join(
        f"<p><strong>{who}:</strong> {prose.text(count)}</p>"
        for who, count in (("Ann", 2), ("Ben", 5), ("Ann", 1), ("Ben", 4))
    )
    body = f"""<header class="masthead">{_MENU}</header><main><div class="episode">{MAIN}<h1>Episode 9: queues</h1>{prose.p(2)}<h2>Transcript</h2>{turns}
    {END}</div><div class="promo-box"><p>Listen wherever you find your podcasts, and rate us with five stars.</p></div></main>{_FOOTER}"""
    return Page("transcript", _html("Episode 9: queues", body), ("Episode 9: queues", "Transcript"))


_SHAPES: dict[str, Callable[[Prose], Page]] = {
    shape.__name__: shape
    for shape in (
        _wordpress, _medium, _substack, _jekyll_math, _docs, _sphinx, _divs, _breaks, _forum, _lecture, _sections, _notion,
        _notes, _tabs, _comments_below, _glossary, _news, _repository, _short, _transcript,
    )
} | {language: _foreign(language) for language in _FOREIGN}  # fmt: skip


def pages() -> Iterator[Page]:
    """Every page, each drawn anew from the same seed."""
    for name, shape in _SHAPES.items():
        yield shape(Prose(name))


def bare(markup: str) -> str:
    """A page as an extractor gets it."""
    return markup.replace(MAIN, "").replace(END, "")


def reference(markup: str) -> str:
    """The text that stands between the marks."""
    from bs4 import BeautifulSoup

    from ingest import unseen

    held = "\n".join(re.findall(f"{MAIN}(.*?){END}", markup, re.DOTALL))
    soup = BeautifulSoup(f"<body>{held.replace(' hidden>', '>')}</body>", "lxml")
    unseen.remove(soup)
    for number in soup.find_all(class_=["lineno", "linenos"]):
        number.decompose()
    return soup.get_text("\n" if "<td" in held else " ")
