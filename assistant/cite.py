"""Citations: the closed set of numbers that an answer issues, one a quoted span."""

from functools import cache

from assistant.anchor import anchor
from assistant.types import Citation, Evidence
from index.engine import Generation


class Citations:
    """Numbers evidence from 1, in order of first use; the same span keeps its number.

    Args:
        generation: Gives the documents that quotations are anchored in.
    """

    def __init__(self, generation: Generation) -> None:
        self._documents = cache(generation.document)
        self._issued: dict[tuple[str, int, int], Citation] = {}

    def number(self, evidence: Evidence) -> int:
        """The number of a piece of evidence, issued now if it has none yet."""
        key = (evidence.document.id, evidence.start, evidence.end)
        if key not in self._issued:
            document = self._documents(evidence.document.id)
            if document is None:
                raise LookupError(f"{evidence.document.id} was searched but is not in its own generation")
            place = anchor(document.text, evidence.start, evidence.end)
            self._issued[key] = Citation(
                number=len(self._issued) + 1,
                document_id=evidence.document.id,
                title=evidence.document.title,
                url=evidence.document.url,
                headings=evidence.headings,
                start=evidence.start,
                end=evidence.end,
                quote=evidence.quote,
                page=evidence.hit.chunk.page,
                seconds=evidence.hit.chunk.seconds,
                prefix=place.prefix,
                suffix=place.suffix,
                snapshot=document.digest,
            )
        return self._issued[key].number

    def issued(self) -> tuple[Citation, ...]:
        """All citations, in number order."""
        return tuple(self._issued.values())
