"""Videos to parts: what is said, with the second at which it is said.

A watch page (or the player response inside it) gives title, description and where the captions are; captions come as
timed text (XML or JSON), WebVTT or SubRip. Passages are about three quarters of a minute, so that a citation opens near
its words; chapters named in the description become headings. Without captions, title and description are all there is,
and the document says so. Times are seconds from the beginning.
"""

import html
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from ingest.errors import ExtractError
from ingest.structure import Part, Reading
from ingest.types import BlockKind, Reason

NO_TRANSCRIPT = "Known by its title and description alone: no transcript could be had."

_PLAYER = re.compile(r"ytInitialPlayerResponse\s*=\s*")
_CUE = re.compile(
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
)
_TAG = re.compile(r"<[^<>]*+>|\{\\[^{}]*+\}")
_NOISE = re.compile(
    r"[\[(](?:music|applause|laughter|inaudible|silence|noise|foreign|__)[^\])]{0,80}+[\])]|[♪♫]|>>+", re.IGNORECASE
)
_CHAPTER = re.compile(
    r"^[^\S\n]*+[-–—•*(\[]{0,8}+(?:(\d{1,2}):)?(\d{1,2}):(\d{2})[)\]]*+\s{0,8}+[-–—:|]{0,8}+\s{0,8}+(\S.{1,98})$",
    re.MULTILINE,
)
_PASSAGE_SECONDS = 45.0
_PASSAGE_LENGTH = 900  # characters; beyond it a passage ends at the next cue
_LONGEST = 1e9  # in whatever unit; a day has 86,400,000 milliseconds
_PAUSE = 6.0  # seconds of silence that end a passage
_GONE = frozenset({"ERROR", "CONTENT_CHECK_REQUIRED"})


@dataclass(frozen=True, slots=True)
class Track:
    """A caption track; `automatic` ones were made by a machine."""

    url: str
    language: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption and when it is shown, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """What a watch page says of a video; `tracks` best first."""

    title: str
    description: str
    author: str
    published: str
    tracks: tuple[Track, ...]

    def reading(self) -> Reading:
        """Title and description, for a video whose words are not to be had."""
        paragraphs = [Part(BlockKind.PARAGRAPH, piece) for piece in re.split(r"\n\s*\n", self.description)]
        return self._with((Part(BlockKind.HEADING, self.title, 1), *paragraphs), note=NO_TRANSCRIPT)

    def transcribed(self, cues: Sequence[Cue]) -> Reading:
        """The video's words in passages, under the chapters that the description names."""
        return self._with(tuple(passages(cues, chapters=chapters(self.description))), note="")

    def _with(self, parts: tuple[Part, ...], *, note: str) -> Reading:
        authors = (self.author,) if self.author else ()
        return Reading(title=self.title, parts=parts, authors=authors, published=self.published, note=note)


def is_player_response(body: bytes) -> bool:
    """Whether bytes are the player response of a video, as JSON."""
    return body.lstrip()[:1] == b"{" and b'"videoDetails"' in body and b'"playabilityStatus"' in body


def talk(body: bytes, *, url: str) -> Talk:
    """Read a watch page or a player response.

    Raises:
        ExtractError: If the video is gone, or the page holds no player response.
    """
    response = _player_response(body.decode("utf-8", "replace"), url=url)
    details = _mapping(response.get("videoDetails"))
    playable = _mapping(response.get("playabilityStatus"))
    title = str(details.get("title", ""))
    if not title:
        reason = Reason.GONE if str(playable.get("status")) in _GONE else Reason.LOGIN_WALL
        raise ExtractError(f"{url}: {playable.get('reason') or 'the video is not shown'}", reason=reason)
    micro = _mapping(_mapping(response.get("microformat")).get("playerMicroformatRenderer"))
    return Talk(
        title=title,
        description=str(details.get("shortDescription", "")),
        author=str(details.get("author", "")),
        published=str(micro.get("publishDate", ""))[:10],
        tracks=tuple(_tracks(response)),
    )


def cues(text: str, *, url: str) -> list[Cue]:
    """Read captions of any of the formats: timed-text XML or JSON, WebVTT, SubRip.

    Raises:
        ExtractError: If there is no caption in them.
    """
    start = text.lstrip("\ufeff \r\n\t")
    if start.startswith("<"):
        found = _from_xml(start, url=url)
    elif start.startswith("{"):
        found = _from_json(start)
    else:
        found = _from_cues(start)
    spoken = [cue for cue in _without_repeats(found) if cue.text]
    if not spoken:
        raise ExtractError(f"{url} holds no captions", reason=Reason.NO_TRANSCRIPT)
    return spoken


def is_captions(text: str) -> bool:
    """Whether a text is captions: WebVTT, SubRip or timed text."""
    start = text.lstrip("\ufeff \r\n\t")[:2_000]
    return (
        start.startswith("WEBVTT")
        or bool(re.match(r"(?:<\?xml[^>]*>\s*)?<(?:transcript|timedtext)\b", start))
        or (bool(re.match(r"\d+\s*\r?\n\s*\d+:\d\d:\d\d[,.]\d", start)))
    )


def passages(found: Sequence[Cue], *, chapters: Sequence[tuple[float, str]] = ()) -> Iterator[Part]:
    """Join cues into passages; each part carries the second at which it begins."""
    waiting = list(chapters)
    held: list[Cue] = []
    for cue in found:
        opens = bool(waiting) and cue.start + 0.5 >= waiting[0][0]
        if held and (opens or _full(held, cue)):
            yield _passage(held)
            held = []
        while waiting and cue.start + 0.5 >= waiting[0][0]:
            seconds, title = waiting.pop(0)
            yield Part(BlockKind.HEADING, title, 2, seconds=seconds)
        held.append(cue)
    if held:
        yield _passage(held)


def chapters(description: str) -> list[tuple[float, str]]:
    """Chapters that a description lists, as (second, title); fewer than three lines with times are no chapters."""
    found = [
        (_seconds(hours, minutes, seconds), title.strip())
        for hours, minutes, seconds, title in _CHAPTER.findall(description)
    ]
    rising = all(left[0] < right[0] for left, right in itertools.pairwise(found))
    return found if len(found) >= 3 and rising and found[0][0] < 60 else []


def _full(held: Sequence[Cue], cue: Cue) -> bool:
    length = sum(len(one.text) for one in held)
    sentence_ends = held[-1].text[-1:] in ".?!"
    lasted = cue.start - held[0].start
    if cue.start - held[-1].end > _PAUSE or length > 1.5 * _PASSAGE_LENGTH:
        return True
    return (lasted > _PASSAGE_SECONDS or length > _PASSAGE_LENGTH) and (
        sentence_ends or lasted > 1.5 * _PASSAGE_SECONDS
    )


def _passage(held: Sequence[Cue]) -> Part:
    return Part(BlockKind.PARAGRAPH, " ".join(cue.text for cue in held), seconds=held[0].start)


def _player_response(text: str, *, url: str) -> dict[str, Any]:
    """The player response in a page, or the text itself where it is one."""
    starts = [0] if text.lstrip().startswith("{") else [found.end() for found in _PLAYER.finditer(text)]
    for start in starts:
        try:
            value, _ = json.JSONDecoder().raw_decode(text[start:].lstrip())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and ("videoDetails" in value or "playabilityStatus" in value):
            return value
    raise ExtractError(f"{url} is a page without a video's data", reason=Reason.JAVASCRIPT_SHELL)


def _tracks(response: dict[str, Any]) -> list[Track]:
    """Caption tracks, best first: English before others, written by people before made by machines."""
    renderer = _mapping(_mapping(response.get("captions")).get("playerCaptionsTracklistRenderer"))
    listed = renderer.get("captionTracks")
    found = [
        Track(str(one["baseUrl"]), str(one.get("languageCode", "")), one.get("kind") == "asr")
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and str(one.get("baseUrl", "")).startswith(("https://", "/"))
    ]
    return sorted(found, key=lambda track: (not track.language.startswith("en"), track.automatic))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _from_xml(text: str, *, url: str) -> list[Cue]:
    if "<!DOCTYPE" in text[:2_000] or "<!ENTITY" in text:
        raise ExtractError(f"{url} declares entities, which captions do not need", reason=Reason.DAMAGED)
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise ExtractError(f"{url} is no timed text ({error})", reason=Reason.DAMAGED) from error
    found = [
        _cue(_number(one.get("start")), _number(one.get("dur")), "".join(one.itertext())) for one in root.iter("text")
    ]
    found += [
        _cue(_number(one.get("t")) / 1000, _number(one.get("d")) / 1000, "".join(one.itertext()))
        for one in root.iter("p")
    ]
    return found


def _from_json(text: str) -> list[Cue]:
    """The player's own JSON: events in milliseconds, each of segments."""
    try:
        events = _mapping(json.loads(text)).get("events")
    except (ValueError, RecursionError):
        return []
    return [
        _cue(
            _number(one.get("tStartMs")) / 1000,
            _number(one.get("dDurationMs")) / 1000,
            "".join(str(_mapping(segment).get("utf8", "")) for segment in one["segs"]),
        )
        for one in (events if isinstance(events, list) else [])
        if isinstance(one, dict) and isinstance(one.get("segs"), list)
    ]


def _from_cues(text: str) -> list[Cue]:
    """WebVTT and SubRip: blocks that hold a line of times, then words."""
    found = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.split("\n")
        at = next((number for number, line in enumerate(lines) if _CUE.match(line.strip())), None)
        times = _CUE.match(lines[at].strip()) if at is not None else None
        if at is None or times is None:
            continue
        start, end = _time(times.groups()[:4]), _time(times.groups()[4:])
        found.append(_cue(start, end - start, "\n".join(lines[at + 1 :])))
    return found


def _number(value: object) -> float:
    """A time as a file gives it; 0 where it gives none, or none that a clock could show."""
    try:
        found = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return found if 0 <= found < _LONGEST else 0.0


def _time(groups: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = groups
    return _seconds(hours or "0", minutes or "0", seconds or "0") + float(f"0.{fraction}")


def _seconds(hours: str, minutes: str, seconds: str) -> float:
    return int(hours or 0) * 3600.0 + int(minutes) * 60 + int(seconds)


def _cue(start: float, duration: float, text: str) -> Cue:
    words = _NOISE.sub(" ", _TAG.sub("", html.unescape(html.unescape(text))))
    return Cue(start, start + duration, "\n".join(" ".join(line.split()) for line in words.split("\n") if line.strip()))


def _without_repeats(found: Sequence[Cue]) -> Iterator[Cue]:
    """Rolling captions show each line again while the next one appears; every line is said once."""
    shown: list[str] = []
    for cue in found:
        lines = [line for line in cue.text.split("\n") if line.strip()]
        fresh = lines
        for size in range(min(len(shown), len(lines)), 0, -1):
            if shown[-size:] == lines[:size]:
                fresh = lines[size:]
                break
        if fresh:
            yield Cue(cue.start, cue.end, " ".join(fresh))
        shown = lines or shown
