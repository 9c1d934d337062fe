"""What several tests share: the bundled field guide, indexed once with the real model."""

import os
from pathlib import Path

import hypothesis
import pytest

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

from assistant import build
from assistant.answer import Assistant
from assistant.settings import Settings

ENDPOINT = "NINESTEP_TEST_LLM"  # an OpenAI-compatible endpoint with a real model behind it, up to and with /v1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask a real language model only where one is given; pytest counts the tests left out as deselected."""
    if not os.environ.get(ENDPOINT):
        left = [item for item in items if item.get_closest_marker("endpoint")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


hypothesis.settings.register_profile("ninestep", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("ninestep")


@pytest.fixture(scope="session")
def guide_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose index holds the bundled field guide."""
    from ui import up

    home = tmp_path_factory.mktemp("home")
    up.index(Settings(home=home), log=lambda _: None)
    return home


@pytest.fixture(scope="session")
def guide(guide_home: Path) -> Assistant:
    """An assistant over the field guide."""
    assistant = build.assistant(Settings(home=guide_home))
    assistant.warm()
    return assistant
