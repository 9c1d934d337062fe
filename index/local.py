"""The engine of one machine: generations are folders of a home, as `generation` makes and reads them."""

from collections.abc import Iterable
from pathlib import Path

from index import building, generation
from index.building import Report
from index.cutting import PASSAGES, Cutting
from index.engine import Generation
from index.manifest import Manifest
from index.types import Embedder
from ingest.types import Document


class Local:
    """The engine of files.

    Args:
        root: The home that holds generations/ and CURRENT.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def current(self) -> str | None:
        """The id of the serving generation, or None."""
        return generation.current(self._root)

    def stamp(self) -> tuple[str, int] | None:
        """What CURRENT names, and which folder that is: another one of the same name was built again."""
        name = generation.current(self._root)
        if name is None:
            return ("", 0) if generation.others(self._root) else None
        try:
            return name, (self._root / "generations" / name).stat().st_ino
        except OSError:
            return name, 0

    def open_current(self, *, embedder_digest: str | None = None) -> Generation:
        """Open the generation that serves; see `generation.open_current`."""
        return generation.open_current(self._root, embedder_digest=embedder_digest)

    def open_sound(self, *, embedder_digest: str | None = None) -> Generation:
        """The same, or another one where that cannot be read; see `generation.open_sound`."""
        return generation.open_sound(self._root, embedder_digest=embedder_digest)

    def build(
        self,
        documents: Iterable[Document],
        *,
        embedder: Embedder,
        cutting: Cutting | None = None,
        cache: Path | None = None,
        report: Report | None = None,
    ) -> Manifest:
        """Build a generation and make it current; see `building.build`."""
        return building.build(
            documents,
            root=self._root,
            embedder=embedder,
            cutting=cutting or PASSAGES,
            cache=cache,
            report=report or (lambda _: None),
        )
