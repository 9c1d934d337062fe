"""How soon the chat answers, seen by a reader: from Enter to the first words, and to the whole answer, in Chromium.

Ten questions of each kind, one at a time, every one in a conversation of its own. "Words"
is when the first sentence of the answer is in the page, "painted" the end of the frame that shows it, "whole" when the
last piece is there.

    python bench/chat.py HOME

HOME holds the index; the server runs in a process of its own and is warm before the first question is asked.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from eval import results

_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_FACTS = (
    "What is calibration?",
    "How do I choose negative samples?",
    "What is position bias?",
    "How do I detect drift without labels?",
    "What is a feature store?",
    "How does HNSW search work?",
    "What is a canary release?",
    "How do I handle class imbalance?",
    "What is cold start?",
    "How many users does an A/B test need?",
)
_COMPARISONS = (
    "Two-tower model or cross-encoder?",
    "precision or recall?",
    "batch or streaming features?",
    "pointwise or pairwise ranking?",
    "HNSW or inverted file?",
    "gradient boosted trees or neural networks?",
    "data parallelism or model parallelism?",
    "quantization or pruning?",
    "online or offline evaluation?",
    "collaborative filtering or content-based filtering?",
)
_DESIGNS = (
    "Design a video recommendation system",
    "How would you detect payment fraud?",
    "Design a newsfeed",
    "Design a spam filter",
    "Design an ad click prediction system",
    "Design a visual search system",
    "Design a system that finds harmful content",
    "Design autocompletion for a search box",
    "Design people you may know",
    "Design a delivery time predictor",
)
# Notes when Enter goes down, when a sentence first stands in the page, when that has been painted, and the end.
_WATCH = """() => {
  const seen = window.seen = {};
  const note = (name) => { seen[name] ??= performance.now(); };
  const onEnter = (event) => { if (event.key === 'Enter') note('enter'); };
  addEventListener('keydown', onEnter, {capture: true, once: true});
  const painted = () => requestAnimationFrame(() => {
    const next = new MessageChannel();
    next.port1.onmessage = () => note('painted');
    next.port2.postMessage(0);
  });
  const look = new MutationObserver(() => {
    const has = (selector) => document.querySelector(`.ns-turn ${selector}`);
    if (!seen.words && has(':is(.ns-sentence, td[data-label], .ns-declined)')) { note('words'); painted(); }
    if (has('.ns-actions')) { note('whole'); look.disconnect(); }
  });
  look.observe(document.querySelector('.ns-thread'), {childList: true, subtree: true});
}"""


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a warm server over a home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"NINESTEP_HOME": str(home), "NINESTEP_PORT": str(port), "NINESTEP_LOG_LEVEL": "error"}
    server = subprocess.Popen([sys.executable, "-m", "ui.cli", "serve"], env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str) -> None:
    """Until the chat page itself is served, and no longer the note that it is coming."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                if b"gradio" in response.read():
                    return
        except urllib.error.URLError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"no chat page at {address} within a minute")


def asked(page: Page, question: str) -> dict[str, float]:
    """Milliseconds from Enter to the first words, to their being painted, and to the end."""
    page.locator(".ns-new").click()
    page.locator("#ns-question").fill(question)
    page.evaluate(_WATCH)
    page.keyboard.press("Enter")
    page.wait_for_function("window.seen.whole && window.seen.painted", timeout=30_000)
    seen = page.evaluate("window.seen")
    return {name: round(seen[name] - seen["enter"], 1) for name in ("words", "painted", "whole")}


def measured(page: Page, questions: Sequence[str]) -> dict[str, object]:
    """The middle and the longest of each time, and how often nothing was answered."""
    asked(page, questions[0])  # the page's own scripts are compiled by the first
    times = []
    declined = 0
    for question in questions:
        times.append(asked(page, question))
        declined += page.locator(".ns-declined").count()
    told = {name: [one[name] for one in times] for name in ("words", "painted", "whole")}
    summary = {name: {"p50": statistics.median(all), "max": max(all)} for name, all in told.items()}
    return {"questions": len(questions), "declined": declined, **summary}


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    arguments = parser.parse_args()
    origin, load = results.origin(), os.getloadavg()[0]
    told: dict[str, object] = {"made": origin.made, "commit": origin.commit, "machine": origin.machine, "load": load}
    with served(arguments.home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.locator("#ns-question").wait_for(timeout=30_000)
        for kind, questions in {"facts": _FACTS, "comparisons": _COMPARISONS, "designs": _DESIGNS}.items():
            told[kind] = measured(page, questions)
        browser.close()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
