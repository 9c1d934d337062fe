"""As `ingest.pdfium`, for a fuzz campaign: it may die, but an exception of ours in it is told."""

import json
import resource
import sys
import traceback

from ingest import pdfium

_SECONDS = 5  # of the processor


def main() -> None:
    """Read a file on standard input; its letters, or the traceback of what failed, as JSON on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    try:
        answer = json.dumps(pdfium.extracted(sys.stdin.buffer.read()))
    except BaseException:  # noqa: BLE001 - whatever it is, the campaign is to hear of it
        answer = json.dumps({"failed": traceback.format_exc()[-900:]})
    sys.stdout.write(answer)
