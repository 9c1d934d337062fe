"""A video's transcript through youtube-transcript-api, as a response that the archive can keep.

YouTube hands captions only to who asks in the way of its player; that way changes, and the library follows it. What
comes is stored in the player's own JSON under the caption address, so a replayed crawl reads it like any captions.
"""

import asyncio
import functools
import json
from datetime import UTC, datetime

from ingest.errors import FetchError
from ingest.types import Reason, Snapshot

_SECONDS = 40.0
_REQUEST_SECONDS = 12.0


def address_of(video_id: str) -> str:
    """The caption address under which a video's transcript is archived."""
    return f"https://www.youtube.com/api/timedtext?v={video_id}&fmt=json3"


class Transcripts:
    """Asks for transcripts, one call at a time in a thread of its own."""

    async def transcript(self, video_id: str) -> Snapshot:
        """Fetch a video's transcript, English before other languages.

        Raises:
            FetchError: If there is none, or none could be had; the reason tells which.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                body = await asyncio.to_thread(_fetch, video_id)
        except TimeoutError as error:
            message = f"the transcript of {video_id} took too long to come"
            raise FetchError(message, reason=Reason.TIMEOUT) from error
        url = address_of(video_id)
        headers = {"content-type": "application/json"}
        return Snapshot(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=datetime.now(UTC))


def _fetch(video_id: str) -> bytes:
    import requests
    from youtube_transcript_api import YouTubeTranscriptApi, YouTubeTranscriptApiException

    with requests.Session() as session:
        session.request = functools.partial(session.request, timeout=_REQUEST_SECONDS)  # type: ignore[method-assign]
        try:
            listed = list(YouTubeTranscriptApi(http_client=session).list(video_id))
            listed.sort(key=lambda one: (not one.language_code.startswith("en"), one.is_generated))
            cues = list(listed[0].fetch()) if listed else []
        except YouTubeTranscriptApiException as error:
            message = f"{video_id} has no transcript that is handed out ({type(error).__name__})"
            raise FetchError(message, reason=Reason.NO_TRANSCRIPT) from error
        except (requests.RequestException, ValueError, KeyError) as error:
            message = f"the transcript of {video_id} cannot be fetched ({type(error).__name__})"
            raise FetchError(message, reason=Reason.UNREACHABLE) from error
    events = [
        {"tStartMs": round(cue.start * 1000), "dDurationMs": round(cue.duration * 1000), "segs": [{"utf8": cue.text}]}
        for cue in cues
    ]
    return json.dumps({"events": events}, ensure_ascii=False).encode()
