"""A short run of the full disks; `python -m tests.full --tries 60` is the long one."""

import random

import pytest

from tests import full


@pytest.mark.slow
def test_a_disk_that_fills_up_at_any_moment_loses_nothing_and_is_told_in_a_sentence() -> None:
    seed = random.randrange(10**6)  # a failure names it
    count = full.run(seed=seed, tries=len(full.WORK), say=lambda _: None)
    assert sum(count.values()) == len(full.WORK)
