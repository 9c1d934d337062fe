"""The one place where parts meet: settings in, a working assistant out."""

from functools import partial
from pathlib import Path

from assistant.answer import Assistant
from assistant.entail import CrossEntailment, Entailment
from assistant.generate import OpenAIGenerator
from assistant.keys import KeyRing
from assistant.settings import Settings
from assistant.writer import Writer
from index import embed
from index.engine import EngineAt
from index.local import Local
from index.milvus import Milvus
from index.rerank import CrossEncoder
from index.serving import Serving
from index.types import Embedder


def embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name.

    Raises:
        ModelError: If it cannot be loaded.
    """
    return embed.load(settings.model, cache=settings.home / "cache")


def engine(settings: Settings) -> EngineAt:
    """What keeps the indexes of the home, and of folders of it."""
    if not settings.index:
        return Local
    return partial(Milvus, settings.index, home=settings.home)


def assistant(settings: Settings) -> Assistant:
    """An assistant over the home's current generation, which may be built later.

    Raises:
        ModelError: If the embedding model cannot be loaded.
    """
    model = embedder(settings)
    reranker = CrossEncoder(settings.reranker) if settings.reranker else None
    entailment = CrossEntailment(settings.nli) if settings.nli else None
    return Assistant(
        Serving(settings.home, model, engine=engine(settings)),
        model,
        reranker=reranker,
        writer=_writer(settings, entailment),
        entailment=entailment,
    )


def _writer(settings: Settings, entailment: Entailment | None) -> Writer | None:
    """What writes answers in words of its own; None where no language model is set."""
    if not settings.llm_url:
        return None
    generator = OpenAIGenerator(settings.llm_url, model=settings.llm_model, key=settings.llm_key.get_secret_value())
    return Writer(
        generator,
        context_tokens=settings.llm_context,
        is_strict=settings.llm_mode == "strict",
        entailment=entailment,
        limit=generator.context_tokens,
    )


def keys(settings: Settings) -> KeyRing:
    """The home's API keys."""
    return KeyRing(settings.home / "keys.json")


def library_path(settings: Settings) -> Path:
    """The library's file."""
    return settings.home / "library.sqlite"
