import itertools
import json
from datetime import UTC, datetime

import pytest

from ingest import extract, video
from ingest.errors import ExtractError
from ingest.types import Reason, Snapshot, Source, SourceKind

XML = '<?xml version="1.0"?><transcript><text start="0.5" dur="2">Hello &amp;amp; welcome</text><text start="3" dur="2">to &lt;i&gt;ranking&lt;/i&gt;.</text></transcript>'
TTML = '<timedtext format="3"><body><p t="500" d="2000">Hello &amp;amp; welcome</p><p t="3000" d="2000">to <s>ranking</s>.</p></body></timedtext>'
JSON3 = json.dumps(
    {"events": [{"tStartMs": 0}, {"tStartMs": 500, "dDurationMs": 2000, "segs": [{"utf8": "Hello & "}, {"utf8": "welcome"}]},
                {"tStartMs": 3000, "dDurationMs": 2000, "segs": [{"utf8": "to ranking."}]}]}
)  # fmt: skip
VTT = "\ufeffWEBVTT\nKind: captions\n\nNOTE made by hand\n\nintro\n00:00.500 --> 00:02.500 align:start\n<v Ada>Hello &amp; <c.yellow>welcome</c>\n\n00:00:03.000 --> 00:00:05.000\n[Music] to ranking.\n"
SRT = "1\r\n00:00:00,500 --> 00:00:02,500\r\n{\\an8}Hello & welcome\r\n\r\n2\r\n00:00:03,000 --> 00:00:05,000\r\n<i>to ranking.</i>\r\n"


@pytest.mark.parametrize("text", [XML, TTML, JSON3, VTT, SRT], ids=["xml", "srv3", "json3", "vtt", "srt"])
def test_captions_of_every_format_say_the_same_at_the_same_time(text: str) -> None:
    found = video.cues(text, url="x")
    assert [(cue.start, " ".join(cue.text.split())) for cue in found] == [(0.5, "Hello & welcome"), (3.0, "to ranking.")]  # fmt: skip


def test_rolling_captions_say_each_line_once() -> None:
    vtt = "WEBVTT\n\n" + "\n\n".join(
        f"00:{n:02d}.000 --> 00:{n + 2:02d}.000\n{lines}"
        for n, lines in ((0, "so today"), (2, "so today\nwe rank"), (4, "we rank\nvideos"), (6, "videos"))
    )
    assert [cue.text for cue in video.cues(vtt, url="x")] == ["so today", "we rank", "videos"]


@pytest.mark.parametrize("text", ["", "WEBVTT\n\n", "<transcript></transcript>", "{}", "no captions", "<!DOCTYPE x>"])
def test_captions_without_words_are_refused(text: str) -> None:
    with pytest.raises(ExtractError) as caught:
        video.cues(text, url="x")
    assert caught.value.reason in {Reason.NO_TRANSCRIPT, Reason.DAMAGED}


def test_entities_in_captions_are_refused() -> None:
    bomb = '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><transcript><text start="0">&b;</text></transcript>'
    with pytest.raises(ExtractError) as caught:
        video.cues(bomb, url="x")
    assert caught.value.reason is Reason.DAMAGED


def test_passages_are_about_three_quarters_of_a_minute_under_their_chapters() -> None:
    spoken = [video.Cue(5.0 * n, 5.0 * n + 5, f"Sentence number {n}.") for n in range(60)]
    parts = list(video.passages(spoken, chapters=[(0.0, "Start"), (100.0, "Ranking"), (200.0, "Serving")]))
    assert [(part.text, part.seconds) for part in parts if part.level] == [("Start", 0), ("Ranking", 100), ("Serving", 200)]  # fmt: skip
    starts = [part.seconds for part in parts if not part.level and part.seconds is not None]
    assert starts == sorted(starts)
    assert all(35 <= right - left <= 65 for left, right in itertools.pairwise(starts) if right not in {100, 200})  # fmt: skip
    assert " ".join(part.text for part in parts if not part.level) == " ".join(cue.text for cue in spoken)


def test_chapters_are_three_or_more_rising_times() -> None:
    text = "About\n0:00 Start\n1:40 - Ranking\n(1:02:03) Serving\nMail me"
    assert video.chapters(text) == [(0, "Start"), (100, "Ranking"), (3723, "Serving")]
    assert video.chapters("see 1:20 and\n2:30 there") == []
    assert video.chapters("5:00 b\n1:00 a\n9:00 c") == []


def player(**more: object) -> dict[str, object]:
    return {
        "playabilityStatus": {"status": "OK"},
        "videoDetails": {"title": "Ranking videos", "author": "Ada Berg", "shortDescription": "What we rank.\n\nAnd why, at length."},
        "microformat": {"playerMicroformatRenderer": {"publishDate": "2019-03-04T00:00:00Z"}},
        **more,
    }  # fmt: skip


def watch(response: dict[str, object]) -> Snapshot:
    url = "https://www.youtube.com/watch?v=AAAAAAAAAAA"
    body = f"<html><script>var ytInitialPlayerResponse = {json.dumps(response)};var meta = 1;</script></html>".encode()
    return Snapshot(url, url, 200, {"content-type": "text/html"}, body, datetime(2026, 1, 1, tzinfo=UTC))


SOURCE = Source("talk", "Ranking videos", "https://youtu.be/AAAAAAAAAAA?t=9", SourceKind.VIDEO)


def test_a_watch_page_without_captions_is_known_by_its_description_and_says_so() -> None:
    made = extract.extract(watch(player()), SOURCE)
    (document,) = made.documents
    assert made.reason is Reason.NO_TRANSCRIPT
    assert document.note == video.NO_TRANSCRIPT
    assert document.text == "Ranking videos\n\nWhat we rank.\n\nAnd why, at length."
    assert (document.authors, document.published, document.url) == (
        ("Ada Berg",), "2019-03-04", "https://www.youtube.com/watch?v=AAAAAAAAAAA",
    )  # fmt: skip


def test_captions_take_the_place_of_the_description_english_and_by_people_first() -> None:
    tracks = [
        {"baseUrl": "https://y.example/de", "languageCode": "de"},
        {"baseUrl": "https://y.example/asr", "languageCode": "en", "kind": "asr"},
        {"baseUrl": "/en", "languageCode": "en-GB"},
        {"baseUrl": "javascript:x", "languageCode": "en"},
    ]
    page = watch(player(captions={"playerCaptionsTracklistRenderer": {"captionTracks": tracks}}))
    made = extract.extract(page, SOURCE)
    assert made.talk is not None
    assert [track.url for track in made.talk.tracks] == ["/en", "https://y.example/asr", "https://y.example/de"]
    captions = Snapshot("u", "u", 200, {"content-type": "text/vtt"}, VTT.encode(), page.fetched_at)
    spoken = extract.spoken(made.documents[0], made.talk, captions)
    assert (spoken.text, spoken.note, spoken.blocks[0].seconds) == ("Hello & welcome to ranking.", "", 0.5)


def test_a_stored_player_response_is_a_video_too() -> None:
    snapshot = Snapshot("https://x.example/p.json", "https://x.example/p.json", 200, {"content-type": "text/plain"}, json.dumps(player()).encode(), datetime(2026, 1, 1, tzinfo=UTC))  # fmt: skip
    assert extract.extract(snapshot, SOURCE).documents[0].title == "Ranking videos"


@pytest.mark.parametrize(
    ("status", "reason"), [("ERROR", Reason.GONE), ("LOGIN_REQUIRED", Reason.LOGIN_WALL), ("UNPLAYABLE", Reason.LOGIN_WALL)]
)  # fmt: skip
def test_a_video_that_is_not_shown_has_a_reason(status: str, reason: Reason) -> None:
    response = {"playabilityStatus": {"status": status, "reason": "Video unavailable"}}
    with pytest.raises(ExtractError, match="Video unavailable") as caught:
        extract.extract(watch(response), SOURCE)
    assert caught.value.reason is reason
