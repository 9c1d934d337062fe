"""When a lone request takes a second core."""

import pytest

from index import compiled


def test_a_process_that_reads_what_runs_counts_itself_among_what_runs() -> None:
    running = compiled.running()
    assert running is not None
    assert running >= 1


@pytest.mark.parametrize(
    ("running", "spinning", "spare"),
    [
        (1, False, True),  # the asking thread alone
        (2, False, False),
        (2, True, True),  # the other one only looks for work
        (3, True, False),  # another request runs as well
        (None, False, False),
    ],
)
def test_a_second_thread_wants_a_core_on_which_nothing_works(
    running: int | None, *, spinning: bool, spare: bool
) -> None:
    assert compiled.has_spare_core(running, spinning=spinning, cores=2) == spare
