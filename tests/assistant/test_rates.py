import time
from pathlib import Path

import pytest
from fastapi import Response
from fastapi.testclient import TestClient

from assistant import rates
from assistant.api.core import Policy
from assistant.api.guard import Guard
from assistant.api.metrics import Metrics
from assistant.keys import KeyRing, Scope
from assistant.rates import Windows, parse

RATE = parse("3/minute")


class Clock:
    """A clock that a test sets."""

    now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_a_window_moves_with_the_clock() -> None:
    clock = Clock()
    windows = Windows(clock=clock)
    allowed = []
    for clock.now in (0, 10_000, 20_000, 30_000, 59_900, 60_000, 61_000, 70_000, 80_000, 80_000):
        allowed.append(windows.hit(RATE, "a"))
    assert allowed == [True, True, True, False, False, True, False, True, True, False]
    assert windows.left(RATE, "a") == (0, 40.0)
    assert windows.left(RATE, "b") == (3, 0.0)


@pytest.mark.parametrize(
    ("text", "many", "seconds"),
    [
        ("600/minute", 600, 60),
        ("10 per 2 hours", 10, 7_200),
        ("5/day", 5, 86_400),
        (" 3 / Second ", 3, 1),
        ("10/2days", 10, 172_800),
        ("1 per minute", 1, 60),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, many: int, seconds: int) -> None:
    rate = parse(text)
    assert (rate.limit, rate.interval) == (many, seconds * 1_000)


@pytest.mark.parametrize("text", ["", "fast", "0/minute", "5/0 minutes", "-1/minute", "1.5/minute", "10/fortnight"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate; write one such as 100/minute"):
        parse(text)


def test_a_key_that_is_given_another_rate_has_it_at_once() -> None:
    windows = Windows()
    assert [windows.hit(RATE, "a") for _ in range(4)] == [True, True, True, False]
    assert [windows.hit(parse("5/minute"), "a") for _ in range(3)] == [True, True, False]


def test_setting_the_clock_of_the_day_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rate, windows = parse("1/second"), Windows()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert windows.hit(rate, "a")
    assert not windows.hit(rate, "a")
    assert 0 < windows.left(rate, "a")[1] <= 1
    time.sleep(1.01)
    assert windows.hit(rate, "a")


def test_countless_names_take_bounded_memory_and_do_not_free_one_that_goes_on() -> None:
    windows = Windows()
    assert all(windows.hit(RATE, "guesser") for _ in range(3))
    for number in range(rates._MOST * 2):
        windows.hit(RATE, f"passer-by {number}")
        assert number % 5_000 or not windows.hit(RATE, "guesser")
    assert len(windows._windows) == rates._MOST


@pytest.fixture
def door(tmp_path: Path) -> tuple[TestClient, KeyRing]:
    """The guard before an application that says nothing."""
    ring = KeyRing(tmp_path / "keys.json")
    guard = Guard(Response("in"), policy=Policy(keys_required=True), keys=ring, metrics=Metrics())
    return TestClient(guard), ring


def test_a_key_that_asks_too_often_waits_while_others_are_served(door: tuple[TestClient, KeyRing]) -> None:
    client, ring = door
    busy, other = (ring.add(name, scopes=[Scope.READ], rate="3/minute")[1] for name in ("busy", "other"))
    answers = [client.get("/v1/models", headers={"authorization": f"Bearer {busy}"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["ratelimit"].partition(";t")[0] for answer in answers[:3]] == [
        '"key";r=2', '"key";r=1', '"key";r=0',
    ]  # fmt: skip
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert client.get("/v1/models", headers={"authorization": f"Bearer {other}"}).status_code == 200


def test_who_guesses_is_slowed_and_cannot_lock_out_who_knows(door: tuple[TestClient, KeyRing]) -> None:
    client, ring = door
    key, text = ring.add("right", scopes=[Scope.READ])
    guesses = [f"ns-{key.id}-{number}" for number in range(30)]  # its id is no secret, and helps nobody
    statuses = [client.get("/v1/models", headers={"authorization": f"Bearer {one}"}).status_code for one in guesses]
    assert statuses == [401] * 20 + [429] * 10
    for _ in range(30):
        assert client.get("/v1/models", headers={"authorization": f"Bearer {text}"}).status_code == 200
