"""How good answers are: their citations, their coverage, and when they are refused.

Citation recall and precision are those of ALCE (Gao et al., EMNLP 2023), with the product's own rules of support in the
place of its entailment model: a sentence is recalled if its citations together support it, and a citation is precise if
it supports the sentence alone or the others do not suffice without it. A number that was never issued, or a quotation
that does not stand in its document, counts against us. Nothing here asks a language model: the same answers give the
same figures.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from assistant import verify
from assistant.answer import Assistant
from assistant.evidence import asks_alone, reads_alone
from assistant.types import Answer, Citation, Declined, QuestionKind, Sentence, Verdict
from eval.golden import GoldenQuestion, Judgment
from eval.retrieval import percentiles
from index import blas
from index.building import Report
from index.engine import EngineAt
from index.local import Local
from index.serving import Serving
from index.types import Embedder
from ingest.types import Document

_STEPS = 9
_HELPFUL = 2  # grade from which a judged quotation answers a part of the question


@dataclass(frozen=True, slots=True)
class Citing:
    """Counts over the sentences of answers."""

    sentences: int
    supported: int
    citations: int
    precise: int
    misplaced: int

    @property
    def recall(self) -> float:
        """Share of sentences that their citations support; 1 where there are none."""
        return self.supported / self.sentences if self.sentences else 1.0

    @property
    def precision(self) -> float:
        """Share of citations that are in place and needed; 1 where there are none."""
        return self.precise / self.citations if self.citations else 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured.

    Attributes:
        refusal_recall: Share of questions that must be declined and were.
        wrong_refusals: Share of answerable questions that were declined.
        on_target: Share of answers that cite a quotation which a reader judged to answer at least in part.
        direct: Share of answers to questions of fact that open with such a quotation.
        deciding: Share of them that cite a quotation which a reader judged best of all.
        coverage: Mean share of the nine steps that a design answer has evidence for.
        readable: Share of sentences that can be read alone; cells of a table are read under their heads, and left out.
        wrongly_refused: Ids of answerable questions that were declined.
        wrongly_answered: Ids of questions that must be declined and were answered.
    """

    questions: int
    citation_recall: float
    citation_precision: float
    misplaced_citations: int
    refusal_recall: float
    wrong_refusals: float
    on_target: float
    direct: float
    deciding: float
    coverage: float
    readable: float
    latency_ms: Mapping[str, Mapping[str, float]]
    wrongly_refused: tuple[str, ...]
    wrongly_answered: tuple[str, ...]


Result = Answer | Declined


def assistant(
    documents: Sequence[Document],
    *,
    home: Path,
    embedder: Embedder,
    engine: EngineAt = Local,
    report: Report = lambda _: None,
) -> Assistant:
    """An assistant over documents of its own, indexed apart from the user's library."""
    root = home / "eval" / "answers"
    engine(root).build(documents, embedder=embedder, cache=home / "eval" / "cache", report=report)
    return Assistant(Serving(root, embedder, engine=engine), embedder)


def evaluate(questions: Sequence[GoldenQuestion], asked: Assistant) -> Quality:
    """Ask every question and measure the answers.

    Raises:
        SearchError: If there is no index that can serve.
    """
    asked.warm()
    results: dict[str, Result] = {}
    seconds: dict[str, list[float]] = {}
    with blas.on_one_thread():  # as a server answers
        for one in questions:
            started = time.perf_counter()
            results[one.id] = asked.ask(one.question, history=one.history)
            seconds.setdefault(results[one.id].question.kind, []).append(time.perf_counter() - started)
    answers = {id: result for id, result in results.items() if isinstance(result, Answer)}
    must_decline = [one.id for one in questions if one.decline]
    answerable = [one for one in questions if not one.decline]
    of_fact = [
        (one, answers[one.id])
        for one in answerable
        if one.id in answers and answers[one.id].question.kind is QuestionKind.FACT
    ]
    citing = total(cite(answer.sentences, answer.citations, asked) for answer in answers.values())
    return Quality(
        questions=len(questions),
        citation_recall=_rounded(citing.recall),
        citation_precision=_rounded(citing.precision),
        misplaced_citations=citing.misplaced,
        refusal_recall=_share(id not in answers for id in must_decline),
        wrong_refusals=_share(one.id not in answers for one in answerable),
        on_target=_share(_is_on_target(one, answers[one.id].citations) for one in answerable if one.id in answers),
        direct=_share(_is_on_target(one, answer.citations[:1]) for one, answer in of_fact),
        deciding=_share(_is_deciding(one, answer) for one, answer in of_fact),
        coverage=_mean(_coverage(answer) for answer in answers.values() if answer.head),
        readable=_readable(answers.values()),
        latency_ms={kind: percentiles(values) for kind, values in sorted(seconds.items())},
        wrongly_refused=tuple(one.id for one in answerable if one.id not in answers),
        wrongly_answered=tuple(id for id in must_decline if id in answers),
    )


def cite(sentences: Iterable[Sentence], citations: Sequence[Citation], asked: Assistant) -> Citing:
    """Count what the citations of one answer are worth."""
    held = {one.number: one for one in citations}
    in_place = {number: one.quote for number, one in held.items() if _is_in_place(one, asked)}
    count = Citing(0, 0, 0, 0, len(held) - len(in_place))
    return total([count, *(_of_sentence(one, in_place) for one in sentences)])


def _of_sentence(sentence: Sentence, quotes: Mapping[int, str]) -> Citing:
    cited = [quotes[number] for number in sentence.citations if number in quotes]
    supported = _supports(sentence.text, cited)
    precise = sum(
        _supports(sentence.text, [quote])
        or (supported and not _supports(sentence.text, [other for other in cited if other is not quote]))
        for quote in cited
    )
    return Citing(1, int(supported), len(sentence.citations), precise, 0)


def _supports(text: str, quotes: Sequence[str]) -> bool:
    return verify.verdict(text, quotes) is Verdict.SUPPORTED


def _is_in_place(citation: Citation, asked: Assistant) -> bool:
    document = asked.document(citation.document_id)
    return document is not None and document.text[citation.start : citation.end] == citation.quote


def total(counts: Iterable[Citing]) -> Citing:
    """Counts added up."""
    held = list(counts)
    return Citing(
        sum(one.sentences for one in held),
        sum(one.supported for one in held),
        sum(one.citations for one in held),
        sum(one.precise for one in held),
        sum(one.misplaced for one in held),
    )


def _is_on_target(question: GoldenQuestion, citations: Sequence[Citation]) -> bool:
    helpful = [one for one in question.judgments if one.grade >= _HELPFUL]
    return any(_is_of(cited, one) for cited in citations for one in helpful)


def _is_deciding(question: GoldenQuestion, answer: Answer) -> bool:
    return any(_is_of(cited, one) for cited in answer.citations for one in question.best())


def _is_of(cited: Citation, judged: Judgment) -> bool:
    """Whether what is cited stands in what was judged, or the other way round."""
    return cited.document_id == judged.document and (cited.quote in judged.quote or judged.quote in cited.quote)


def _readable(answers: Iterable[Answer]) -> float:
    """The share of sentences that read alone; cells of a table are read under their heads, and left out."""
    told = (part for answer in answers for part in (*answer.head, *answer.sections))
    sentences = (one.text for part in told for one in part.sentences)
    return _share(reads_alone(text) or asks_alone(text) for text in sentences)


def _coverage(answer: Answer) -> float:
    return sum(bool(section.sentences) for section in answer.sections) / _STEPS


def _share(truths: Iterable[bool]) -> float:
    return _mean(map(float, truths))


def _mean(values: Iterable[float]) -> float:
    """The mean, rounded; 1 where there is nothing to measure, so that nothing is complained of."""
    held = list(values)
    return _rounded(fmean(held)) if held else 1.0


def _rounded(value: float) -> float:
    return round(value, 4)
