import pytest

from ingest import refresh


@pytest.mark.parametrize(
    ("page", "target"),
    [
        ('<meta http-equiv="refresh" content="0; url=https://new.example/post">', "https://new.example/post"),
        ("<META HTTP-EQUIV=Refresh CONTENT='3;URL=/post'><p>We have moved.</p>", "/post"),
        ('<meta content="0;url=&quot;/a?b=1&amp;c=2&quot;" http-equiv="refresh">', "/a?b=1&c=2"),
        ('<script>location="https://new.example/post"</script><p>Redirecting…</p>', "https://new.example/post"),
        ("<script>window.location.replace('/post');</script>", "/post"),
        ('<meta http-equiv="refresh" content="8">', ""),  # loads itself again
        ('<meta http-equiv="refresh" content="600; url=/next">', ""),
        ("<script>if (mobile) location = '/m'; start()</script>", ""),
        ('<meta http-equiv="refresh" content="0; url=/x"><p>' + "An article. " * 60 + "</p>", ""),
        ("<p>Nothing moves here.</p>", ""),
        ("", ""),
    ],
)
def test_a_stub_says_where_its_content_has_gone(page: str, target: str) -> None:
    assert refresh.target(page.encode()) == target


def test_a_wait_of_five_thousand_digits_sends_nobody_anywhere() -> None:
    assert refresh.target(b'<meta http-equiv=refresh content="0; url=/new">') == "/new"
    assert refresh.target(b'<meta http-equiv=refresh content="' + b"9" * 5_000 + b'; url=/new">') == ""
