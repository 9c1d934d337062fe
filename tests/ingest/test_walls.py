"""Walls, error pages and shells in many words and shapes; and short true pages that speak of the same things."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import extract
from ingest.errors import ExtractError
from ingest.types import Reason, Snapshot, Source, SourceKind

MENU = (
    '<header><a href="/">Larkfield</a><nav><a href="/a">Ranking</a> <a href="/login">Sign in</a> <a href="/join">Join</a>'
    "</nav></header>"
)
FOOT = (
    '<div id="banner">We use cookies. <button>Accept all</button></div>'
    "<footer>© Larkfield. Privacy · Terms · Cookie settings · Subscribe to our letter</footer>"
)
TEASERS = "<ul>" + "".join(f"<li><a href='/p/{n}'>How team {n} halved the cost of its features</a></li>" for n in range(12)) + "</ul>"  # fmt: skip
PROSE = (
    "<p>A ranker that answers in ten milliseconds leaves no room for a second model. We moved the heavy features into a"
    " job that runs each hour, and the light ones stayed. The order that people see hardly changed, the bill did.</p>"
)


def response(html: str, *, status: int = 200, final: str = "", kind: str = "text/html; charset=utf-8", **headers: str) -> Snapshot:  # fmt: skip
    url = "https://blog.example/2021/halving-the-cost-of-features"
    return Snapshot(
        url=url,
        final_url=final or url,
        status=status,
        headers={"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()},
        body=html.encode(),
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def page(body: str, *, title: str = "Larkfield", head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def reason(snapshot: Snapshot, source: Source | None = None) -> Reason | None:
    try:
        extract.extract(snapshot, source or Source("own", "", snapshot.url, SourceKind.BLOG))
    except ExtractError as error:
        return error.reason
    return None


SOFT_404 = {
    "wordpress": ("Page not found – Larkfield", "<h1>Oops! That page can’t be found.</h1><p>It looks like nothing was found at this location. Maybe try a search?</p>"),
    "number": ("404", "<h1>404</h1><p>You took a wrong turn somewhere.</p>"),
    "with a long list": ("Larkfield | Page Not Found", f"<h1>We can't find the page you're looking for</h1><p>Here is what others read:</p>{TEASERS}{TEASERS}"),
    "hosted pages": ("Site not found · Pages", "<h1>404</h1><p><strong>There isn't a site here.</strong></p><p>If you're trying to publish one, read the full documentation.</p>"),
    "withdrawn": ("Larkfield", "<h1>Larkfield</h1><p>The author has deleted this story. This post is no longer available.</p>"),
    "apology": ("Sorry, this page isn't available.", "<h2>Sorry, this page isn't available.</h2><p>The link you followed may be broken, or the page may have been removed.</p>"),
    "german": ("Seite nicht gefunden", "<h1>Hoppla!</h1><p>Die gewünschte Seite existiert nicht mehr. Bitte nutzen Sie die Suche.</p>"),
    "french": ("Erreur 404 - Larkfield", "<h1>Page introuvable</h1><p>La page demandée n'existe plus ou a changé d'adresse.</p>"),
    "spanish": ("Larkfield", "<h1>Página no encontrada</h1><p>Lo sentimos, la página que busca no existe.</p>"),
    "portuguese": ("Larkfield", "<h1>Página não encontrada</h1><p>O endereço pode ter mudado.</p>"),
    "italian": ("Pagina non trovata | Larkfield", "<h1>Ops</h1><p>La pagina che cerchi non esiste.</p>"),
    "dutch": ("Larkfield", "<h1>Pagina niet gevonden</h1><p>Helaas, deze pagina bestaat niet (meer).</p>"),
    "polish": ("Larkfield", "<h1>Nie znaleziono strony</h1><p>Strona, której szukasz, nie istnieje.</p>"),
    "russian": ("Страница не найдена", "<h1>404</h1><p>Возможно, страница удалена или её адрес изменился.</p>"),
    "chinese": ("Larkfield", "<h1>页面不存在</h1><p>您访问的页面不存在或已被删除。</p>"),
    "japanese": ("Larkfield", "<h1>お探しのページは見つかりませんでした</h1><p>URLをご確認ください。</p>"),
    "korean": ("Larkfield", "<h1>페이지를 찾을 수 없습니다</h1><p>주소를 확인해 주세요.</p>"),
    "swedish": ("Larkfield", "<h1>Sidan kunde inte hittas</h1><p>Kontrollera adressen.</p>"),
}  # fmt: skip
BOT = {
    "spinner": ("Just a moment...", "<h1>blog.example</h1><h2>Verify you are human by completing the action below.</h2><p>blog.example needs to review the security of your connection before proceeding.</p>"),
    "denied": ("Access Denied", "<h1>Access Denied</h1><p>You don't have permission to access \"http://blog.example/\" on this server.</p><p>Reference #18.2d351ab8.1557333295.a4e16ab</p>"),
    "press": ("Access to this page has been denied", "<h1>Press &amp; Hold to confirm you are a human (and not a bot).</h1><p>Reference ID 7a0c</p>"),
    "traffic": ("Sorry...", "<p>Our systems have detected unusual traffic from your computer network. This page checks to see if it's really you sending the requests, and not a robot.</p>"),
    "image": ("Larkfield", "<h4>Enter the characters you see below</h4><p>Sorry, we just need to make sure you're not a robot.</p>"),
    "interruption": ("Pardon Our Interruption", "<h1>Pardon Our Interruption...</h1><p>As you were browsing something about your browser made us think you were a bot.</p>"),
    "chinese": ("安全验证", "<p>请完成安全验证后继续访问</p>"),
    "german": ("Sicherheitsprüfung", "<h1>Sind Sie ein Mensch?</h1><p>Bitte bestätigen Sie, dass Sie kein Roboter sind.</p>"),
    "russian": ("Ой!", "<h1>Подтвердите, что вы не робот</h1><p>Запросы похожи на автоматические.</p>"),
    "frame": ("", '<iframe src="/_Incapsula_Resource?SWUDNSAI=31">Request unsuccessful. Incapsula incident ID: 877</iframe>'),
}  # fmt: skip
CONSENT = {
    "german": ("Larkfield", "<h1>Bevor Sie zu Larkfield weitergehen</h1><p>Wir verwenden Cookies und Daten, um Dienste bereitzustellen.</p><button>Alle ablehnen</button><button>Alle akzeptieren</button>"),
    "french": ("Larkfield", "<h1>Avant d'accéder à Larkfield</h1><p>Nous utilisons des cookies et d'autres données.</p><button>Tout refuser</button><button>Tout accepter</button>"),
    "spanish": ("Larkfield", "<h1>Antes de continuar</h1><p>Utilizamos cookies.</p><button>Rechazar todo</button><button>Aceptar todo</button>"),
    "privacy": ("Your privacy", "<h2>We value your privacy</h2><p>We and our 812 partners store and/or access information on a device, such as unique IDs in cookies.</p><button>Accept all</button>"),
    "italian": ("Larkfield", "<h1>Teniamo alla tua privacy</h1><p>Noi e i nostri partner archiviamo informazioni sul dispositivo.</p><button>Accetta tutti</button>"),
    "japanese": ("Larkfield", "<h1>続行する前に</h1><p>Cookie を使用しています。</p><button>すべて同意</button>"),
}  # fmt: skip
LOGIN = {
    "authwall": ("Sign Up | Larkfield", "<h1>Join Larkfield</h1><form><input type='email'><input type='password'></form><p>Already on Larkfield? Sign in</p>"),
    "social": ("Log in • Larkfield", "<form><input name='u'><input type='password'></form><p>Forgot password?</p><p>Don't have an account? Sign up</p>"),
    "must": ("Larkfield", "<h2>You must log in to continue.</h2><form><input type='password'></form><a>Forgotten account?</a>"),
    "corporate": ("Larkfield – Single Sign-On", "<h1>Log in with your corporate account</h1><p>Authentication is required to view this document.</p>"),
    "german": ("Anmelden", "<h1>Anmelden</h1><form><input type='password'></form><a>Passwort vergessen?</a>"),
    "french": ("Connexion", "<h1>Connectez-vous pour lire la suite</h1><form><input type='password'></form><a>Mot de passe oublié ?</a>"),
    "chinese": ("登录", "<h1>请先登录</h1><form><input type='password'></form><a>忘记密码</a>"),
    "polish": ("Zaloguj się", "<form><input type='password'></form><p>Nie pamiętasz hasła?</p>"),
}  # fmt: skip
PAY = {
    "newspaper": ("Halving the cost", f"<article><h1>Halving the cost</h1>{PROSE}<div class='paywall'><h3>Subscribe to continue reading</h3><p>Already a subscriber? Log in</p></div></article>"),
    "letter": ("Halving the cost", f"<article><h1>Halving the cost</h1>{PROSE}<h2>This post is for paid subscribers</h2><p>Already a paid subscriber? Sign in</p></article>"),
    "metered": ("Halving the cost", f"<article><h1>Halving the cost</h1>{PROSE}<p>You have reached your limit of free articles. Start your free trial to keep reading.</p></article>"),
    "journal": ("Halving the cost", "<h1>Halving the cost</h1><p>Get access to the full version of this article. Access through your institution, or purchase this article.</p>"),
    "french": ("Halving the cost", f"<article><h1>Halving the cost</h1>{PROSE}<p>Il vous reste 81.3% de cet article à lire. La suite est réservée aux abonnés. Déjà abonné ?</p></article>"),
    "declared": ("Halving the cost", f"<script type='application/ld+json'>{{\"isAccessibleForFree\": false}}</script><article><h1>Halving the cost</h1>{PROSE}<p>To continue reading, choose a plan.</p></article>"),
}  # fmt: skip
SHELL = {
    "react": ("Larkfield", "<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div><script src='/a.js'></script>"),
    "angular": ("Larkfield", "<app-root>Loading...</app-root><script src='/main.js' type='module'></script>"),
    "notes": ("Larkfield", "<div id='notes-app'></div><noscript>JavaScript must be enabled in order to use Larkfield. Please enable JavaScript to continue.</noscript><script src='/a.js'></script>"),
    "no mount": ("Larkfield", "<div class='spinner'></div><script>window.boot()</script>"),
    "social": ("Larkfield", "<h1>JavaScript is not available.</h1><p>We’ve detected that JavaScript is disabled in this browser. Please enable JavaScript or switch to a supported browser.</p><script></script>"),
    "german": ("Larkfield", "<noscript>Bitte aktivieren Sie JavaScript, um diese Seite zu nutzen.</noscript><script src='/a.js'></script>"),
}  # fmt: skip
OTHER = {
    Reason.WRONG_CONTENT: {
        "parked": ("blog.example", "<h1>This domain is for sale!</h1><p>Buy this domain. The owner of blog.example is offering it for sale.</p>"),
        "server": ("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>If you see this page, the web server is successfully installed and working. Further configuration is required.</p>"),
        "suspended": ("Account Suspended", "<h1>Account Suspended</h1><p>This Account has been suspended. Contact your hosting provider.</p>"),
    },
    Reason.HTTP_ERROR: {
        "database": ("Error", "<h1>Error establishing a database connection</h1>"),
        "maintenance": ("Maintenance", "<h1>Down for maintenance</h1><p>Briefly unavailable for scheduled maintenance. Check back in a minute.</p>"),
        "application": ("Application Error", "<h1>Application error</h1><p>An error occurred in the application and your page could not be served.</p>"),
    },
    Reason.RATE_LIMIT: {"slow down": ("Too Many Requests", "<h1>Too Many Requests</h1><p>Try again later.</p>")},
}  # fmt: skip
WALLS = [
    (wanted, name, title, body)
    for wanted, group in [
        (Reason.SOFT_404, SOFT_404), (Reason.BOT_WALL, BOT), (Reason.CONSENT_WALL, CONSENT), (Reason.LOGIN_WALL, LOGIN),
        (Reason.PAYWALL, PAY), (Reason.JAVASCRIPT_SHELL, SHELL), *OTHER.items(),
    ]
    for name, (title, body) in group.items()
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "name", "title", "body"), WALLS, ids=[f"{wall[0]}: {wall[1]}" for wall in WALLS])
@pytest.mark.parametrize("furniture", [False, True], ids=["bare", "in a site"])
def test_a_wall_is_known_for_what_it_is(wanted: Reason, name: str, title: str, body: str, furniture: bool) -> None:
    html = page(f"{MENU}<main>{body}</main>{FOOT}" if furniture and name != "no mount" else body, title=title)
    assert reason(response(html)) is wanted


WRITTEN = tomllib.loads(Path(__file__).with_name("walls.toml").read_text(encoding="utf-8"))
CARDS = "".join(
    f'<div class="card"><a href="/p/{number}"><h3>{title}</h3></a><p>{text}</p><span>{number + 3} min read</span></div>'
    for number, (title, text) in enumerate(WRITTEN["cards"].items())
)
SITE = (
    '<header class="hdr"><a href="/">Nordwind</a><nav><ul><li><a href="/eng">Engineering</a></li><li><a href="/data">Data</a>'
    '</li><li><a href="/signin">Log in</a></li><li><a href="/signup">Sign up</a></li></ul></nav></header><main>',
    '</main><footer><a href="/terms">Terms of use</a> <a href="/cookies">Cookie preferences</a><p>© Nordwind</p></footer>',
)


def written(body: str, *, title: str, site: bool) -> str:
    for name, text in {"CARDS": CARDS, **WRITTEN["prose"]}.items():
        body = body.replace(name, text)
    return page(f"{SITE[0]}{body}{SITE[1]}" if site else body, title=title, head="<script>1</script>")


@pytest.mark.parametrize("wall", WRITTEN["wall"], ids=lambda wall: f"{wall['reason']}: {wall['name']}")
def test_a_wall_in_other_words_is_known_too(wall: dict[str, str]) -> None:
    html = written(wall["body"], title=wall["title"], site=bool(wall["site"]))
    assert reason(response(html)) is Reason(wall["reason"])


@pytest.mark.parametrize("true", WRITTEN["page"], ids=lambda true: true["name"])
def test_a_short_page_about_something_like_it_is_a_page(true: dict[str, str]) -> None:
    assert reason(response(written(true["body"], title=true["title"], site=True))) is None


TRUE = {
    "of 404s": ("Serving a good 404", "<p>A good error page says what was not found and offers a way on. Ours answers with status 404, so that a crawler does not take it for a page, and lists three posts that share words with the address.</p>"),
    "of captchas": ("What captchas cost us", "<p>We measured it: the captcha on the form kept nine bots of ten away and one person of thirty. Solving it took eleven seconds. We now ask for it only after the third failed try from one network.</p>"),
    "of logins": ("Why we dropped passwords", "<p>People who came back after a month had forgotten their password more often than not. A link by mail let them in with one click, and support tickets fell by half within the quarter.</p>"),
    "of cookies": ("Cookies and counting", "<p>Our counts of visitors fell by a third when the law changed, because a visitor who refuses cookies is new each time. We now report the range between both readings.</p>"),
    "of subscriptions": ("Predicting churn", "<p>A subscriber who has not read anything for two weeks leaves within the quarter with a probability of 0.4. The model sees reading, payments and mail, and its score goes to the editors each Monday.</p>"),
    "of deprecation": ("Sunsetting the old ranker", "<p>The old ranker was switched off on Monday. Its endpoint answers 410 now, and its features have been moved to the new store. Teams that still call it have been told twice, and the last two have moved.</p>"),
    "with a login form": ("A cache before the ranker", "<form class='top'><input name='user'><input type='password'></form><p>Two in three requests come from people whom we served less than ten minutes ago. A cache in front of the ranker was the cheapest change of the quarter.</p>"),
    "free by its own word": ("A cache before the ranker", "<script type='application/ld+json'>{\"isAccessibleForFree\": true}</script><p>Two in three requests come from people whom we served less than ten minutes ago. A cache in front of the ranker was the cheapest change of the quarter.</p>"),
    "of a shell": ("Rendering on the server", "<p>Our pages were an empty div and two megabytes of JavaScript. Rendering them on the server brought the first words after 300 milliseconds instead of four seconds, on the phone that our median reader has.</p>"),
    "in german": ("Ein Zwischenspeicher", "<p>Zwei von drei Anfragen kommen von Leuten, die wir vor weniger als zehn Minuten bedient haben. Ein Zwischenspeicher vor dem Ranker war die billigste Änderung des Quartals.</p>"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_a_short_page_that_speaks_of_walls_is_a_page(name: str) -> None:
    title, body = TRUE[name]
    html = page(f"{MENU}<main><article><h1>{title}</h1>{body}</article></main>{FOOT}<script>1</script>", title=title)
    assert reason(response(html)) is None


@pytest.mark.parametrize(
    ("final", "wanted"),
    [
        ("https://blog.example/login?next=%2F2021%2Fhalving", Reason.LOGIN_WALL),
        ("https://accounts.blog.example/v3/identifier", Reason.LOGIN_WALL),
        ("https://consent.blog.example/m?continue=x", Reason.CONSENT_WALL),
        ("https://blog.example/page-not-found", Reason.SOFT_404),
        ("https://blog.example/", Reason.SOFT_404),
        ("https://blog.example/2021/", Reason.SOFT_404),
        ("https://www.blog.example/2021/halving-the-cost-of-features/", None),
        ("https://blog.example/archive/halving-the-cost-of-features", None),
    ],
)
def test_where_a_redirect_leads_says_what_the_page_is(final: str, wanted: Reason | None) -> None:
    html = page(f"<main><article><h1>Larkfield</h1>{PROSE * 3}</article></main>")
    assert reason(response(html, final=final)) is wanted


def test_a_work_that_moved_to_a_home_of_its_own_is_found_there() -> None:
    html = page(f"<main><h1>Halving the cost of features</h1>{PROSE * 3}</main>", title="Halving the cost of features")
    assert reason(response(html, final="https://halving.example/")) is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "wanted"),
    [
        (403, {}, "<h1>Forbidden</h1>", Reason.HTTP_ERROR),
        (403, {"cf_mitigated": "challenge"}, "<h1>blog.example</h1>", Reason.BOT_WALL),
        (202, {"x_amzn_waf_action": "challenge"}, "<script>1</script>", Reason.BOT_WALL),
        (403, {}, "<title>Attention Required!</title><p>You have been blocked.</p>", Reason.BOT_WALL),
        (999, {}, "", Reason.BOT_WALL),
        (402, {}, "pay", Reason.PAYWALL),
        (429, {}, "Slow down.", Reason.RATE_LIMIT),
        (451, {}, "by law", Reason.GONE),
        (503, {}, "<h1>Back soon</h1>", Reason.HTTP_ERROR),
        (418, {}, "<h1>Teapot</h1>", Reason.HTTP_ERROR),
    ],
)
def test_a_status_has_its_reason(status: int, headers: dict[str, str], body: str, wanted: Reason) -> None:
    assert reason(response(body, status=status, **headers)) is wanted


@pytest.mark.parametrize("text", ["404: Not Found", "Too many requests. Slow down.", "Not Found\n"])
def test_a_plain_text_can_be_an_error_too(text: str) -> None:
    assert reason(response(text, kind="text/plain")) in {Reason.SOFT_404, Reason.RATE_LIMIT}


def test_a_long_page_is_never_taken_for_a_wall() -> None:
    body = f"<h1>Page not found</h1><p>Please sign in to continue. You are not a robot.</p>{PROSE * 30}"
    assert reason(response(page(f"<main><article>{body}</article></main>", title="Page not found"))) is None
