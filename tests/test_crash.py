"""A short run of the crash harness; `python -m tests.crash --kills 200` is the long one."""

import random
from pathlib import Path

import pytest

from tests import crash


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    seed = random.randrange(10**6)  # a failure names it
    count = crash.run(seed=seed, kills=8, home=tmp_path / "home", say=lambda _: None)
    assert sum(count.values()) == 8
