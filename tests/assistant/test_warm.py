"""What is made once is made before the first reader comes."""

from pathlib import Path

import pytest

from assistant import designs, directions, reading
from assistant.answer import Assistant
from index import building
from index.serving import Serving
from tests.parts import HashEmbedder, document


@pytest.mark.model
def test_warming_makes_what_is_made_once_a_model(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    building.build([document("A canary release takes one percent of traffic.")], root=tmp_path, embedder=embedder)
    directions._ELSEWHERE.pop(embedder.digest, None)
    designs._FACETS.pop(embedder.digest, None)
    reading.default.cache_clear()
    assistant = Assistant(Serving(tmp_path, embedder), embedder)
    assert assistant.warm() == assistant.current()
    assert embedder.digest in directions._ELSEWHERE
    assert len(designs._FACETS[embedder.digest]) == 9
    assert "_compiled" in vars(reading.default())
