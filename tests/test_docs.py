"""The documentation names every command, setting and error, and its commands run."""

import re
from pathlib import Path

import pytest

from assistant.settings import Settings
from ui import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    actions = cli._parser()._subparsers
    assert actions is not None
    choices = actions._group_actions[0].choices
    assert choices is not None
    return list(choices)


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"ninestep {command}" in README


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"NINESTEP_{name.upper()}" in README


def test_every_command_that_the_readme_shows_exists() -> None:
    shown = set(re.findall(r"(?:\$ |`)ninestep (\w+)", README))
    assert shown
    assert shown <= set(commands())


def test_every_module_stands_in_the_architecture() -> None:
    for package in ("ingest", "index", "assistant", "eval", "ui"):
        for module in (ROOT / package).glob("*.py"):
            if not module.stem.startswith("__"):
                assert f"`{module.stem}`" in ARCHITECTURE, f"{package}/{module.name} is not described"


def test_every_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_no_document_holds_both_sides_of_a_merge() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert len(pages) > 5
    assert not [
        page.name for page in pages if re.search(r"^(?:<{7}|={7}|>{7})(?: |$)", page.read_text(encoding="utf-8"), re.M)
    ]
