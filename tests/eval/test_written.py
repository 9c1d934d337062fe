"""Questions that were written for fits: on the field guide, none of them golden, and apart where they must be."""

import re

import pytest

from assistant import reading
from eval import golden, pairs, sufficiency, written
from eval.reading import sentences
from eval.written import Detail
from ingest import guide


def test_claims_and_details_rest_on_sentences_of_the_field_guide() -> None:
    documents = guide.documents()
    known = {(one.document, one.quote) for one in sentences(documents)}
    claims, details, unread = written.claims(), written.details(), written.unread()
    assert all((one.document, one.quote) in known for one in claims)
    assert all(not one.quote or (one.document, one.quote) in known for one in details)
    assert {one.document for one in unread} <= {document.id for document in documents}
    assert len(claims) > 5000
    assert len(details) > 1500
    assert min(sum(one.is_claim for one in unread), sum(not one.is_claim for one in unread)) > 1000


def test_none_of_them_is_golden_and_what_is_kept_from_the_reader_is_not_read() -> None:
    read = {_bare(text) for one in written.claims() for text in (*one.true, *one.false)}
    read |= {_bare(one.question) for one in written.details()}
    unread = {_bare(one.question) for one in written.unread()}
    known = {_bare(one.question) for one in (*golden.load(), *golden.fresh(), *sufficiency.examples()[0])}
    known |= {_bare(text) for pair in pairs.load() if pair.kind == "premise" for text in (pair.yes, pair.no)}
    assert not (read | unread) & known
    assert len(unread & read) <= 3  # the same short question, written twice
    decided = {(one.document, one.quote) for one in written.claims()}
    assert len(decided) == len(written.claims())


def test_a_line_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not what is wanted there"):
        written._line('{"document": "x"}', "details.jsonl", Detail)


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", reading.asked(text))
