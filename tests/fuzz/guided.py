"""Atheris over one target, in a process of its own: libFuzzer ends the process that it ran in.

Our packages are instrumented while they are imported, so inputs that reach new branches are kept and changed further;
half of the changes are ours (`mutate`), half libFuzzer's.
"""

import atexit
import random
import sys
import tempfile
from pathlib import Path

import atheris


def main() -> None:
    """Arguments: target, seed, inputs, seconds, a file for the figures, a folder for what fails."""
    name, seed, inputs, seconds, figures_at, kept = sys.argv[1:7]
    with atheris.instrument_imports(include=["ingest", "index", "assistant", "ui"]):
        from tests.fuzz import campaign, targets
    from tests.fuzz.mutate import mutated

    target = targets.TARGETS[name]
    figures = campaign.Figures(name, "atheris", int(seed))
    watch = campaign.Watch(target, figures)

    def told() -> None:
        campaign.keep(figures, Path(kept))
        Path(figures_at).write_text(figures.line())

    def once(data: bytes) -> None:
        watch.fails(data)
        if figures.inputs % 500 == 0:
            told()

    def change(data: bytes, most: int, chosen: int) -> bytes:
        draw = random.Random(chosen)
        if draw.random() < 0.5:
            return mutated(data or b" ", draw=draw, words=target.words)[:most]
        return atheris.Mutate(data or b" ", most)[:most]

    atexit.register(told)
    with tempfile.TemporaryDirectory() as corpus:
        for number, sample in enumerate(target.samples()):
            Path(corpus, str(number)).write_bytes(sample)
        limits = [f"-runs={inputs}", f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=48000", "-rss_limit_mb=4096",
                  "-timeout=60", "-print_final_stats=1", "-verbosity=0"]  # fmt: skip
        atheris.Setup([sys.argv[0], *limits, corpus], once, custom_mutator=change)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
