import time

from limits import parse

from assistant.api import rates
from assistant.api.rates import Windows

RATE = parse("3/minute")


class Clock:
    """A clock that a test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_window_moves_with_the_clock() -> None:
    clock = Clock()
    windows = Windows(clock=clock)
    allowed = []
    for clock.now in (0.0, 10.0, 20.0, 30.0, 59.9, 60.0, 61.0, 70.0, 80.0, 80.0):
        allowed.append(windows.hit(RATE, "a"))
    assert allowed == [True, True, True, False, False, True, False, True, True, False]
    assert windows.left(RATE, "a") == (0, 40.0)
    assert windows.left(RATE, "b") == (3, 0.0)


def test_setting_the_clock_of_the_day_back_locks_nobody_out() -> None:
    assert Windows()._clock is time.monotonic
    assert not time.get_clock_info("monotonic").adjustable


def test_countless_names_take_bounded_memory_and_do_not_free_one_that_goes_on() -> None:
    windows = Windows()
    assert all(windows.hit(RATE, "guesser") for _ in range(3))
    for number in range(rates._MOST * 2):
        windows.hit(RATE, f"passer-by {number}")
        assert number % 5_000 or not windows.hit(RATE, "guesser")
    assert len(windows._moments) == rates._MOST
