"""A real language model, where NINESTEP_TEST_LLM names the endpoint of one: `make test PYTEST=-mendpoint` asks it."""

import os

import pytest

from assistant.answer import Assistant
from assistant.generate import OpenAIGenerator
from assistant.types import Answer, Verdict
from assistant.writer import Writer
from eval import answers


@pytest.mark.model
@pytest.mark.endpoint
@pytest.mark.timeout(1200)
def test_what_a_real_model_writes_in_strict_mode_is_supported_by_what_it_cites(guide: Assistant) -> None:
    generator = OpenAIGenerator(os.environ["NINESTEP_TEST_LLM"], model="default", seconds=500)
    writer = Writer(generator, context_tokens=2048, is_strict=True, limit=generator.context_tokens)
    result = Assistant(guide._serving, guide._embedder, writer=writer).ask("What is position bias?")
    assert isinstance(result, Answer)
    assert "of the language model were supported" in result.note, result.note
    sentences = [sentence for section in result.sections for sentence in section.sentences]
    assert all(sentence.verdict is Verdict.SUPPORTED for sentence in sentences)
    citing = answers.cite(sentences, result.citations, guide)
    assert citing.misplaced == 0
    assert min(citing.precision, citing.recall) >= 0.9
