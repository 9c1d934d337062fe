"""The pools: bounds, deadlines, and an end when nobody waits."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from assistant import patience
from assistant.api.encoding import QueryEncoder
from assistant.api.work import Pool, begin
from assistant.errors import AbandonedError, BusyError, TooSlowError
from index.types import Vectors


class Client:
    """Somebody who waits, until told to leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}


class Endless:
    """Work that goes on, stage after stage, until it is called off."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.ended = threading.Event()

    def __call__(self) -> None:
        self.began.set()
        try:
            while True:
                patience.check()
                self.ended.wait(0.001)
        finally:
            self.ended.set()

    def results(self) -> Iterator[str]:
        yield "first"
        self()


async def _until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 10)


def test_a_full_pool_says_when_to_come_back_and_has_room_again_afterwards() -> None:
    async def scene() -> None:
        pool, gate = Pool(workers=1, waiting=1), threading.Event()
        held = [asyncio.create_task(pool.run(gate.wait, seconds=10)) for _ in range(2)]
        await asyncio.sleep(0)
        assert pool.taken == pool.places == 2
        with pytest.raises(BusyError) as refused:
            await pool.run(gate.wait, seconds=10)
        assert refused.value.retry_after >= 1
        gate.set()
        await asyncio.gather(*held)
        assert await pool.run(lambda: "served", seconds=10) == "served"
        pool.close()

    asyncio.run(scene())


def test_work_past_its_deadline_is_given_up_and_ends_at_its_next_stage() -> None:
    async def scene() -> None:
        pool, work = Pool(workers=1, waiting=0), Endless()
        with pytest.raises(TooSlowError, match=r"0\.05 seconds"):
            await pool.run(work, seconds=0.05)
        await _until(work.ended)
        pool.close()
        assert pool.taken == 0

    asyncio.run(scene())


def test_work_ends_when_its_client_goes() -> None:
    async def scene() -> None:
        pool, work, client = Pool(workers=1, waiting=0), Endless(), Client()
        running = asyncio.create_task(pool.run(work, seconds=60, client=client))
        await _until(work.began)
        client.left.set()
        with pytest.raises(AbandonedError):
            await running
        await _until(work.ended)
        pool.close()

    asyncio.run(scene())


def test_work_whose_client_has_gone_while_it_waited_is_never_begun() -> None:
    async def scene() -> None:
        pool, gate, work, client = Pool(workers=1, waiting=1), threading.Event(), Endless(), Client()
        first = asyncio.create_task(pool.run(gate.wait, seconds=60))
        second = asyncio.create_task(pool.run(work, seconds=60, client=client))
        await asyncio.sleep(0)
        client.left.set()
        with pytest.raises(AbandonedError):
            await second
        gate.set()
        await first
        pool.close()
        assert not work.began.is_set()

    asyncio.run(scene())


def test_a_stream_that_is_left_early_ends_its_work() -> None:
    async def scene() -> None:
        pool, work = Pool(workers=1, waiting=0), Endless()
        results = pool.stream(work.results, seconds=60)
        assert await begin(results, Client()) == "first"
        await results.aclose()
        await _until(work.ended)
        pool.close()

    asyncio.run(scene())


def test_a_stream_whose_client_goes_before_the_first_result_ends_its_work() -> None:
    async def scene() -> None:
        pool, work, client = Pool(workers=1, waiting=0), Endless(), Client()

        def silent() -> Iterator[str]:
            work()
            yield "never"

        beginning = asyncio.create_task(begin(pool.stream(silent, seconds=60), client))
        await _until(work.began)
        client.left.set()
        with pytest.raises(AbandonedError):
            await beginning
        await _until(work.ended)
        pool.close()

    asyncio.run(scene())


def test_what_goes_wrong_in_a_stream_is_raised_after_what_came_before() -> None:
    async def scene() -> None:
        pool, heard = Pool(workers=1, waiting=0), []

        def failing() -> Iterator[str]:
            yield "first"
            raise ValueError("broken")

        with pytest.raises(ValueError, match="broken"):
            heard.extend([one async for one in pool.stream(failing, seconds=10)])
        heard = []
        results = pool.stream(failing, seconds=10)
        heard.append(await anext(results))
        with pytest.raises(ValueError, match="broken"):
            await anext(results)
        assert heard == ["first"]
        pool.close()

    asyncio.run(scene())


def test_a_thread_that_hangs_is_told_of_by_place_and_the_end_does_not_wait_for_it() -> None:
    async def scene() -> None:
        pool, gate = Pool(workers=2, waiting=0, lost=0.05), threading.Event()
        with pytest.raises(TooSlowError):
            await pool.run(gate.wait, seconds=0.01)
        assert pool.lost() == []
        await asyncio.sleep(0.1)
        (place,) = pool.lost()
        assert place.startswith("threading.py:")
        assert place.endswith(" in wait")
        assert await pool.run(pool.lost, seconds=10) == [place]
        await asyncio.to_thread(pool.close)
        assert pool.taken == 1
        gate.set()
        while pool.taken:
            await asyncio.sleep(0.01)
        assert pool.lost() == []

    asyncio.run(scene())


class Counting:
    """Encodes a text as its length, and remembers its batches; waits at the gate before each."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        assert self.gate.wait(10)
        self.batches.append(list(texts))
        if "bad" in texts:
            raise ValueError("no such model")
        return np.array([[len(text)] for text in texts], dtype=np.float32)


def test_queries_that_wait_together_are_encoded_together_and_remembered() -> None:
    async def scene() -> None:
        encode = Counting()
        encoder = QueryEncoder(encode, waiting=10)
        asked = [asyncio.create_task(encoder.vector(text)) for text in ("a", "bb", "ccc", "bb")]
        await asyncio.sleep(0)
        encode.gate.set()
        assert [float(vector[0]) for vector in await asyncio.gather(*asked)] == [1, 2, 3, 2]
        assert encode.batches == [["a", "bb", "ccc"]]
        assert float((await encoder.vector("bb"))[0]) == 2
        assert len(encode.batches) == 1
        encoder.close()

    asyncio.run(scene())


def test_whoever_waits_for_a_batch_that_fails_is_told() -> None:
    async def scene() -> None:
        encode = Counting()
        encode.gate.set()
        encoder = QueryEncoder(encode, waiting=10)
        told = await asyncio.gather(*(encoder.vector(text) for text in ("a", "bad")), return_exceptions=True)
        assert [str(one) for one in told] == ["no such model"] * 2
        assert float((await encoder.vector("a"))[0]) == 1
        encoder.close()

    asyncio.run(scene())


def test_an_encoder_with_too_many_waiting_refuses() -> None:
    async def scene() -> None:
        encode = Counting()
        encoder = QueryEncoder(encode, waiting=2)
        asked = [asyncio.create_task(encoder.vector(text)) for text in ("a", "b")]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await encoder.vector("c")
        encode.gate.set()
        await asyncio.gather(*asked)
        encoder.close()

    asyncio.run(scene())
