"""What is measured while serving, for Prometheus. One registry an application, so that tests do not share numbers.

Routes are labelled by their templates, never by addresses: the number of series stays bounded whatever clients ask.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.types import Answer, Declined, Sentence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


class Metrics:
    """Counters and histograms of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "ninestep_request_seconds", "Time to answer", ["method", "route", "status"],
            registry=self.registry, buckets=_SECONDS,
        )  # fmt: skip
        self._stages = Histogram(
            "ninestep_stage_seconds", "Time of a stage", ["stage"], registry=self.registry, buckets=_SECONDS
        )
        self._hits = Histogram(
            "ninestep_hits", "Hits a search", registry=self.registry, buckets=(0, 1, 5, 10, 20, 50, 100)
        )
        self._remembered = Counter(
            "ninestep_searches_remembered", "Searches answered from memory", registry=self.registry
        )
        self._answers = Counter("ninestep_answers", "Questions, by outcome", ["outcome"], registry=self.registry)
        self._verdicts = Counter("ninestep_verdicts", "Sentences, by verdict", ["verdict"], registry=self.registry)
        self._places = Gauge("ninestep_pool_taken", "Work that runs or waits", ["pool"], registry=self.registry)
        self._lost = Gauge("ninestep_pool_lost", "Threads that hang", ["pool"], registry=self.registry)
        self._room = Gauge("ninestep_pool_places", "Work that may run or wait", ["pool"], registry=self.registry)
        self._generation = Gauge(
            "ninestep_generation_info", "The index that serves", ["generation", "model"], registry=self.registry
        )
        self._sources = Gauge("ninestep_sources", "Listed sources, by health", ["status"], registry=self.registry)
        self._documents = Gauge("ninestep_documents", "Documents in the index", registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def search(self, hits: int, timings_ms: Mapping[str, float]) -> None:
        """One search was made."""
        self._hits.observe(hits)
        self._time(timings_ms)

    def remembered(self) -> None:
        """One search was answered from memory."""
        self._remembered.inc()

    def answer(self, result: Answer | Declined) -> None:
        """One question was answered or declined."""
        self._answers.labels("declined" if isinstance(result, Declined) else "answered").inc()
        self._time(result.timings_ms)
        if isinstance(result, Answer):
            for section in result.parts:
                self._judge(section.sentences)

    def pool(self, name: str, *, taken: int, places: int, lost: int) -> None:
        """How full a pool is just now."""
        self._places.labels(name).set(taken)
        self._room.labels(name).set(places)
        self._lost.labels(name).set(lost)

    def library(self, *, generation: str, model: str, documents: int, sources: Mapping[str, int]) -> None:
        """What serves just now."""
        self._generation.clear()
        self._generation.labels(generation, model).set(1)
        self._documents.set(documents)
        self._sources.clear()
        for status, count in sources.items():
            self._sources.labels(status).set(count)

    def page(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)

    def _time(self, timings_ms: Mapping[str, float]) -> None:
        for stage, milliseconds in timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def _judge(self, sentences: tuple[Sentence, ...]) -> None:
        for sentence in sentences:
            self._verdicts.labels(sentence.verdict.value).inc()
