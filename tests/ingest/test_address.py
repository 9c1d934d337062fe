import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import address

VIDEO = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.youtube.com/watch?v={VIDEO}",
        f"http://youtube.com/watch?time_continue=66&v={VIDEO}&feature=emb_logo",
        f"https://m.youtube.com/watch?list=PL1&index=2&v={VIDEO}#t=1m",
        f"https://youtu.be/{VIDEO}?t=80",
        f"https://www.youtube.com/embed/{VIDEO}?rel=0",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://www.youtube.com/shorts/{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}/",
        f"https://www.youtube.com/attribution_link?a=x&u=/watch?v={VIDEO}",
    ],
)
def test_a_video_is_its_id_wherever_it_stands(url: str) -> None:
    assert address.video_id(url) == VIDEO
    assert address.canonical(url) == f"https://www.youtube.com/watch?v={VIDEO}"
    assert address.key(url) == f"youtube:{VIDEO}"


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.youtube.com/api/timedtext?v={VIDEO}&lang=en",  # its captions are another thing
        "https://www.youtube.com/playlist?list=PL1",
        f"https://example.org/watch?v={VIDEO}",
        "https://www.youtube.com/watch?v=short",
    ],
)
def test_what_is_no_video_has_no_id(url: str) -> None:
    assert address.video_id(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a/b",
        "https://www.example.org/a/b/",
        "HTTPS://EXAMPLE.org:443/a/b",
        "https://example.org/a/b?utm_source=x&fbclid=1",
        "https://example.org/a/b#part",
        "https://example.org/a/b/index.html",
        "https://example.org/a/%62",
    ],
)
def test_addresses_of_one_page_have_one_key(url: str) -> None:
    assert address.key(url) == "example.org/a/b"


def test_what_tells_pages_apart_stays_in_the_key() -> None:
    pages = ["?id=1", "?id=2", "/B", "/b", ":8080/", "/index-of-things.html"]
    assert len({address.key(f"https://example.org{page}") for page in pages}) == len(pages)
    assert address.key("https://example.org/?b=2&a=1") == address.key("https://example.org/?a=1&b=2")


@given(st.text(max_size=60))
def test_any_text_has_a_key_and_it_is_stable(text: str) -> None:
    assert address.key(f"https://example.org/{text}") == address.key(f"http://www.example.org/{text}")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://code.fb.com/ios/live-video/", "https://engineering.fb.com/ios/live-video/"),
        ("https://research.fb.com/publications/tao/", "https://research.facebook.com/publications/tao/"),
        ("https://ai.facebook.com/blog/x/", "https://ai.meta.com/blog/x/"),
        ("https://ai.googleblog.com/2020/02/t5.html", "https://blog.research.google/2020/02/t5.html"),
        ("http://googleresearch.blogspot.com/2015/01/x.html", "https://blog.research.google/2015/01/x.html"),
        ("https://eng.uber.com/deepeta/", "https://www.uber.com/blog/deepeta/"),
        ("https://www.uber.com/en-GB/blog/deepeta/", "https://www.uber.com/blog/deepeta/"),
        ("https://medium.com/netflix-techblog/x-1a2b", "https://netflixtechblog.com/x-1a2b"),
        ("https://es.slideshare.net/a/b", "https://www.slideshare.net/a/b"),
        ("https://arxiv.org/abs/1810.09591", "https://arxiv.org/pdf/1810.09591"),
        ("https://dl.acm.org/doi/pdf/10.1145/3292500.3330658", "https://dl.acm.org/doi/10.1145/3292500.3330658"),
        ("http://www.example.org/a.pdf", "https://www.example.org/a.pdf"),
    ],
)
def test_known_moves_are_followed(url: str, where: str) -> None:
    assert where in address.moves(url)
    assert url not in address.moves(url)


def test_most_addresses_have_not_moved() -> None:
    assert address.moves("https://blog.example/post") == ()


def test_where_a_work_really_is() -> None:
    archive = "https://codeload.github.com/a/b/tar.gz/HEAD"
    for url in ("https://github.com/a/b", "https://github.com/a/b.git", "https://github.com/a/b/tree/main/"):
        assert address.sources_of(url)[0] == archive
    raw = "https://raw.githubusercontent.com/a/b/main/x/y.md"
    assert address.sources_of("https://github.com/a/b/blob/main/x/y.md")[0] == raw
    assert address.sources_of("https://github.com/topics/ml") == ("https://github.com/topics/ml",)


def test_a_link_opens_at_its_moment_or_page() -> None:
    watch = f"https://www.youtube.com/watch?v={VIDEO}"
    assert address.at(f"https://youtu.be/{VIDEO}?t=3", seconds=75.9) == f"{watch}&t=75s"
    assert address.at(watch, seconds=0.4) == watch
    assert address.at("https://example.org/a.PDF#old", page=3) == "https://example.org/a.PDF#page=3"
    assert address.at("https://example.org/a", page=3) == "https://example.org/a"
