import time
from pathlib import Path

import pytest
from fastapi import Response
from fastapi.testclient import TestClient
from limits import parse

from assistant.api import rates
from assistant.api.core import Policy
from assistant.api.guard import Guard
from assistant.api.metrics import Metrics
from assistant.api.rates import Windows
from assistant.keys import KeyRing, Scope

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
