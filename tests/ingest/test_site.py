from ingest import site

ROOT = "https://course.example/2019/"


def follow(*links: str, page: str = ROOT, root: str = ROOT) -> list[str]:
    return list(site.follow(links, page=page, root=root))


def test_links_of_the_same_site_are_followed_once_in_their_order() -> None:
    links = ("b.html", "a.html#part", "/2019/b.html", "https://www.course.example/2019/a.html", "notes/x.pdf")
    assert follow(*links) == [f"{ROOT}b.html", f"{ROOT}a.html", f"{ROOT}notes/x.pdf"]


def test_other_sites_other_folders_and_the_page_itself_are_left_out() -> None:
    assert follow("https://other.example/2019/a", "/2018/a.html", "/", "#top", "", ROOT, "index.html") == []


def test_what_is_no_document_is_left_out() -> None:
    odd = ("x.zip", "y.png", "z.mp4", "login", "tag/ml", "mailto:a@b.example", "javascript:void(0)", "http://[bad")
    assert follow(*odd) == []
    names = ("lecture-1", "week.2", "deck.pptx", "nb.ipynb")
    assert follow(*names) == [f"{ROOT}{name}" for name in names]


def test_a_page_below_follows_within_the_listed_folder() -> None:
    assert follow("../a.html", "b.html", page=f"{ROOT}unit/", root=ROOT) == [f"{ROOT}a.html", f"{ROOT}unit/b.html"]
    assert follow("../../elsewhere.html", page=f"{ROOT}unit/", root=ROOT) == []
