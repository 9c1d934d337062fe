"""`ninestep eval`: measure retrieval, compare runs, draw the report, keep the floors, judge by reading."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.settings import Settings
    from eval.collections import Qrels
    from eval.golden import GoldenQuestion, Split
    from eval.report import Part
    from eval.retrieval import Evaluation
    from index.types import Embedder

GOLDEN = "golden"

_KEEP = "keep the result in the home, for the quality page"
_RACED = 60  # queries that both encoders get
_GRADES = "to judge: 3 answers the question, 2 in part, 1 is related, 0 is not; s passes over, q stops"
_MODES = ("hybrid", "dense", "lexical", "rrf")


def add(command: argparse.ArgumentParser) -> None:
    """Give `ninestep eval` its commands."""
    commands = command.add_subparsers(required=True, metavar="COMMAND")
    retrieval = _command(commands, "retrieval", _retrieval, "measure search on a collection or the golden questions")
    _collection(retrieval)
    retrieval.add_argument("--mode", choices=_MODES, default="hybrid", help="what searches (default hybrid)")
    retrieval.add_argument("--chunking", choices=("passages", "none"), default="passages", help="how documents are cut")
    retrieval.add_argument("-k", "--k", type=_positive, default=100, help="documents kept for each query (default 100)")
    retrieval.add_argument("--save", action="store_true", help=_KEEP)
    retrieval.add_argument("--run-out", type=_to_write, metavar="FILE", help="save the run in TREC format")
    answers = _command(commands, "answers", _answers, "measure citations, coverage and refusals, golden questions")
    answers.add_argument("--split", choices=("dev", "test"), default="test", help="which questions (default test)")
    answers.add_argument(
        "--fresh", action="store_true", help="the questions that were written apart, instead of the judged ones"
    )
    answers.add_argument("--save", action="store_true", help=_KEEP)
    compare = _command(commands, "compare", _compare, "test whether evaluations or runs differ by more than chance")
    compare.add_argument(
        "files", nargs="+", type=_to_read, metavar="FILE", help="the first is the one the others are held to"
    )
    compare.add_argument("--measure", default="nDCG@10", help="measure to compare (default nDCG@10)")
    compare.add_argument("--collection", help="for TREC runs: the collection whose judgments measure them")
    compare.add_argument("--split", default="test", help="its split (default test)")
    ann = _command(commands, "ann", _ann, "recall and speed of the dense index over efSearch")
    _collection(ann)
    ann.add_argument("--save", action="store_true", help=_KEEP)
    ann.add_argument("--plot", type=_to_write, metavar="FILE", help="draw the curve into an SVG file")
    report = _command(commands, "report", _report, "one HTML page with tables and plots")
    report.add_argument("--collection", action="append", metavar="DIR", help="golden, or a folder; may be repeated")
    report.add_argument("--split", default="test", help="split of the judgments (default test)")
    report.add_argument("--save", type=Path, metavar="DIR", help="write what it shows as JSON, one file a collection")
    report.add_argument(
        "--out", type=_to_write, default=Path("report.html"), metavar="FILE", help="where the page goes"
    )
    gate = _command(commands, "gate", _gate, "check that quality has not fallen below its floors")
    gate.add_argument("--collection", action="append", metavar="DIR", help="golden, or a folder; may be repeated")
    gate.add_argument("--split", default="test", help="split of the judgments (default test)")
    gate.add_argument("--floors", type=_to_read, metavar="FILE", help="floors to check instead of the project's own")
    gate.add_argument("--raise", dest="raised", type=_to_write, metavar="FILE", help="write floors raised to this")
    latency = _command(commands, "latency", _latency, "times by stage, memory and build over the size of the index")
    latency.add_argument(
        "--chunks", type=_positive, action="append", metavar="N", help="size, may be repeated (default 5000)"
    )
    latency.add_argument("--save", action="store_true", help=_KEEP)
    questions = _command(commands, "questions", _questions, "what the golden questions are; write them as a collection")
    questions.add_argument("--split", choices=("dev", "test"), default="test", help="what is written (default test)")
    questions.add_argument("--out", type=Path, metavar="DIR", help="write passages, questions and judgments here")
    questions.add_argument(
        "--mend",
        type=_to_write,
        metavar="FILE",
        help="write the questions, quotations moved that the guide reworded",
    )
    label = _command(commands, "label", _label, "judge what nobody has judged yet in a saved run")
    label.add_argument("run_file", type=_to_read, metavar="RUN", help="a run in TREC format")
    _collection(label)
    label.add_argument("--depth", type=_positive, default=10, help="how deep to judge (default 10)")
    label.add_argument("--out", type=_to_write, required=True, metavar="FILE", help="where grades are appended")


def _command(
    commands: Any,  # noqa: ANN401 - argparse's own type is private
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"wanted 1 or more, got {number}")
    return number


def _to_read(text: str) -> Path:
    """A file that is there."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


def _to_write(text: str) -> Path:
    """A file that can be written; asked before minutes of measuring, not after."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder, wanted a file")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r} to write {path.name!r} into")
    return path


def _keep(arguments: argparse.Namespace, what: str, values: object) -> None:
    """Keep a result below the home, where that was asked for."""
    from assistant import settings
    from eval import results

    if arguments.save:
        path = results.keep(settings.read().home / "results", what, values)
        print(f"kept in {path}", file=sys.stderr)


def _collection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", default=GOLDEN, metavar="DIR", help="golden, or a folder in the BEIR layout")
    parser.add_argument("--split", default="test", help="split of the judgments (default test)")


def _retrieval(arguments: argparse.Namespace) -> int:
    from eval import runs
    from eval.retrieval import Plan
    from index.search import Mode

    plan = Plan(Mode(arguments.mode), arguments.chunking, arguments.k)
    settings, embedder = _parts()
    found = _evaluate(arguments.collection, arguments.split, plan, settings=settings, embedder=embedder)
    if arguments.run_out:
        runs.write(found.run, arguments.run_out, tag=f"ninestep-{found.mode}")
    _keep(arguments, f"retrieval-{found.collection}-{found.mode}", _record(found))
    if arguments.json:
        _print(_record(found))
    else:
        measured = "  ".join(f"{name} {value:.4f}" for name, value in found.measures.items())
        print(f"{found.collection}, {found.mode}, {found.queries} queries: {measured}")
        print(f"a search took {found.latency_ms['p50']} ms (p50), {found.latency_ms['p95']} ms (p95)")
    return 0


def _answers(arguments: argparse.Namespace) -> int:
    from assistant import build
    from eval import answers, golden
    from ingest import guide

    settings, embedder = _parts()
    held = golden.fresh() if arguments.fresh else golden.load()
    asked = [one for one in held if one.split == arguments.split]
    assistant = answers.assistant(
        guide.documents(), home=settings.home, embedder=embedder, engine=build.engine(settings), report=_progress
    )
    found = answers.evaluate(asked, assistant)
    _keep(arguments, f"answers-{'fresh-' if arguments.fresh else ''}{arguments.split}", asdict(found))
    if arguments.json:
        _print(asdict(found))
        return 0
    print(f"{found.questions} questions, {arguments.split} split{' of the fresh ones' if arguments.fresh else ''}")
    print(f"citations: recall {found.citation_recall}, precision {found.citation_precision}")
    print(f"refused of those to refuse: {found.refusal_recall}; of the others: {found.wrong_refusals}")
    print(f"facts: opening with what helps {found.direct}, holding what decides {found.deciding}")
    print(f"answers on target {found.on_target}, steps covered {found.coverage}, readable alone {found.readable}")
    for kind, took in found.latency_ms.items():
        print(f"{kind}: {took['p50']} ms (p50), {took['p95']} ms (p95)")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from eval import significance
    from eval.errors import CollectionError

    if len(arguments.files) < 2:
        raise CollectionError("name two or more files to compare, the first is the one the others are held to")
    held = [_per_query(path, arguments) for path in arguments.files]
    if len(asked := sorted({name for name, _ in held if name})) > 1:
        raise CollectionError(f"the files answer different collections, {' and '.join(asked)}; compare files of one")
    values = [one for _, one in held]
    found = [significance.compare(values[0], other, measure=arguments.measure) for other in values[1:]]
    adjusted = significance.holm([one.p for one in found])
    if arguments.json:
        names = [str(path) for path in arguments.files]
        rows = [
            {"a": names[0], "b": name} | {"values": asdict(one), "p_holm": p}
            for name, one, p in zip(names[1:], found, adjusted, strict=True)
        ]
        _print(rows)
        return 0
    for path, one, p in zip(arguments.files[1:], found, adjusted, strict=True):
        print(
            f"{path.name} against {arguments.files[0].name}: {one.measure} {one.a:.4f} → {one.b:.4f}, "
            f"{one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}], p {p:.4f}, "
            f"{one.wins} better, {one.ties} equal, {one.losses} worse of {one.queries}; "
            f"a true difference of {one.detectable:.4f} would be seen"
        )
    return 0


def _per_query(path: Path, arguments: argparse.Namespace) -> tuple[str, Mapping[str, float]]:
    """The collection, where the file names one, and one measure by query.

    Read from a saved evaluation (JSON), or from a run (TREC) with the collection's judgments.
    """
    from eval import runs
    from eval.errors import CollectionError

    try:
        saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        values: dict[str, float] = saved["per_query"][arguments.measure]
    except (ValueError, UnicodeDecodeError):
        if not arguments.collection:
            raise CollectionError(
                f"{path.name} is a run, which holds no judgments; add --collection, or compare what "
                "`ninestep eval retrieval --json` prints"
            ) from None
        judged = _judged(arguments.collection, arguments.split).qrels
        run = runs.read(path)
        runs.check(run, judged, name=path.name)
        return "", runs.measure(run, judged, measures=[arguments.measure])[arguments.measure]
    except (KeyError, TypeError) as error:
        raise CollectionError(f"{path.name} is no saved evaluation with {arguments.measure} by query") from error
    return str(saved.get("collection", "")), values


def _ann(arguments: argparse.Namespace) -> int:
    from eval import report

    settings, embedder = _parts()
    points = _points(arguments.collection, arguments.split, settings=settings, embedder=embedder)
    if arguments.plot:
        arguments.plot.write_text(report.ann_plot(points), encoding="utf-8")
    _keep(arguments, f"ann-{Path(arguments.collection).name}", [asdict(one) for one in points])
    if arguments.json:
        _print([asdict(one) for one in points])
        return 0
    print("efSearch  recall@10  queries/s")
    for one in points:
        used = "  in use" if one.is_used else ""
        print(f"{one.ef_search or 'exact':>8}  {one.recall:>9.4f}  {one.queries_per_second:>9,.0f}{used}")
    return 0


def _latency(arguments: argparse.Namespace) -> int:
    from eval import golden, latency
    from index import embed
    from ingest import guide

    settings, embedder = _parts()
    asked = [one.question for one in golden.answerable(golden.load(), golden.Split.TEST)]
    documents = guide.documents()
    found = [
        latency.measure(documents, asked, chunks=chunks, home=settings.home, embedder=embedder)
        for chunks in arguments.chunks or [latency.SIZES[0]]
    ]
    if embedder.name == embed.DEFAULT_MODEL:
        found = [one | latency.against_torch(asked[:_RACED], embedder, folder=embed.default_folder()) for one in found]
    _keep(arguments, "latency", found)
    if arguments.json:
        _print(found[0] if len(found) == 1 else found)
        return 0
    for one in found:
        print(f"{one['chunks']:,} chunks; {one['rss_mb']:,} MB; load {one['load']}")
        for stage, took in one["stages_ms"].items():
            spent = one["processor_ms"].get(stage, {}).get("p50", 0.0)
            print(f"  {stage:<8} {took['p50']:>8.2f} ms p50 {took['p95']:>8.2f} ms p95, processor {spent:.2f}")
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from eval import report, results

    settings, embedder = _parts()
    parts = [
        _part(name, arguments.split, settings=settings, embedder=embedder) for name in arguments.collection or [GOLDEN]
    ]
    origin = results.origin()
    made = f"Made {origin.made} at commit {origin.commit} on {origin.machine}, with {embedder.name}"
    arguments.out.write_text(report.page(parts, made=made), encoding="utf-8")
    if arguments.save:
        for part in parts:
            results.save(arguments.save, part, origin)
    if arguments.json:
        _print([{mode: _record(one) for mode, one in part.evaluations.items()} for part in parts])
    else:
        print(f"wrote {arguments.out}")
    return 0


def _part(name: str, split: str, *, settings: "Settings", embedder: "Embedder") -> "Part":
    from eval import golden
    from eval.report import BASELINES, Part
    from eval.retrieval import WITHOUT, Plan
    from index.search import Mode

    evaluations: dict[Mode, Evaluation] = {
        mode: _evaluate(name, split, Plan(mode), settings=settings, embedder=embedder) for mode in BASELINES
    }
    whole = Plan(without=tuple(WITHOUT))
    evaluations[Mode.HYBRID] = _evaluate(name, split, whole, settings=settings, embedder=embedder)
    asked = set(evaluations[Mode.HYBRID].per_query["nDCG@10"])
    kinds = {one.id: one.kind for one in golden.load() if one.id in asked} if name == GOLDEN else {}
    points = _points(name, split, settings=settings, embedder=embedder)
    return Part(evaluations[Mode.HYBRID].collection, evaluations, points, kinds)


def _gate(arguments: argparse.Namespace) -> int:
    from eval import gate
    from eval.retrieval import Plan

    settings, embedder = _parts()
    floors = gate.floors(arguments.floors)
    complaints: list[str] = []
    for name in arguments.collection or [GOLDEN]:
        found = _evaluate(name, arguments.split, Plan(), settings=settings, embedder=embedder)
        digest = _digest(name, arguments.split)
        if arguments.raised:
            floors[found.collection] = gate.raised(found, digest=digest, old=floors.get(found.collection))
        else:
            complaints += gate.check(found, digest=digest, floor=floors.get(found.collection))
    if arguments.raised:
        arguments.raised.write_text(gate.text(floors), encoding="utf-8")
    if arguments.json:
        _print({"passed": not complaints, "complaints": complaints})
    elif arguments.raised:
        print(f"wrote the floors of {', '.join(sorted(floors))} into {arguments.raised}")
    else:
        print("\n".join(complaints) or "quality stands at or above its floors")
    return 1 if complaints else 0


def _digest(name: str, split: str) -> str:
    """The digest of what is measured: corpus and judgments."""
    import hashlib

    from eval import collections, golden
    from ingest import guide

    if name != GOLDEN:
        return collections.load(Path(name), split=split).digest
    texts = "".join(one.text_digest for one in sorted(guide.documents(), key=lambda one: one.id))
    asked = golden.answerable(golden.load(), _split(split))
    return hashlib.sha256(f"{texts}{golden.digest(asked)}".encode()).hexdigest()


def _questions(arguments: argparse.Namespace) -> int:
    from collections import Counter

    from eval import golden

    asked = golden.load()
    if arguments.mend:
        return _mend(asked, arguments.mend, as_json=arguments.json)
    if arguments.out:
        _export(asked, golden.Split(arguments.split), arguments.out)
    kinds = Counter((one.split.value, one.kind, bool(one.decline)) for one in asked)
    rows = [
        {"split": split, "kind": kind, "to_decline": decline, "questions": count}
        for (split, kind, decline), count in sorted(kinds.items())
    ]
    if arguments.json:
        _print(rows)
        return 0
    for row in rows:
        print(f"{row['split']:<5} {row['kind']:<16} {row['questions']:>4}{'  to decline' if row['to_decline'] else ''}")
    judged = sum(len(one.judgments) for one in asked)
    print(f"{len(asked)} questions, {judged:,} judgments{f'; wrote {arguments.out}' if arguments.out else ''}")
    return 0


def _mend(asked: "Sequence[GoldenQuestion]", path: Path, *, as_json: bool) -> int:
    """Move what says the same in new words; 1 where something relevant has to be judged again."""
    from eval import golden, mend
    from ingest import guide

    found = list(mend.lost(asked, {one.id: one for one in guide.documents()}))
    golden.write([mend.mended(one, found) for one in asked], path)
    again = [one for one in found if one.judgment.grade and not one.same]
    if as_json:
        _print([asdict(one) for one in again])
    else:
        for one in again:
            print(f"{one.question} {one.judgment.document} ({one.judgment.grade}): {one.judgment.quote}")
            print(f"  nearest now, {one.likeness:.0%} alike: {one.nearest or 'nothing'}")
        print(f"{len(found)} quotations gone, {len(again)} relevant ones to judge again; wrote {path}")
    return 1 if again else 0


def _export(asked: "Sequence[GoldenQuestion]", split: "Split", folder: Path) -> None:
    from contextlib import closing

    from eval import export, retrieval
    from ingest import guide

    settings, embedder = _parts()
    documents = guide.documents()
    with closing(
        retrieval.index(documents, name=GOLDEN, home=settings.home, embedder=embedder, report=_progress)
    ) as held:
        export.write([one for one in asked if one.split is split], held, folder, split=split)


def _label(arguments: argparse.Namespace) -> int:
    from eval import label, runs
    from eval.errors import CollectionError

    held = _judged(arguments.collection, arguments.split)
    run = runs.read(arguments.run_file)
    runs.check(run, held.qrels, name=arguments.run_file.name)
    pairs = label.unjudged(run, held.qrels, depth=arguments.depth)
    if lost := sorted({one.unit for one in pairs} - set(held.texts)):
        raise CollectionError(f"{arguments.run_file.name} names {lost[0]!r}, which is not in the collection")
    texts = held.texts.__getitem__
    print(f"{len(pairs)} {_GRADES}", file=sys.stderr)
    graded = list(label.session(pairs, questions=held.queries, texts=texts, ask=_type, path=arguments.out))
    if arguments.json:
        _print({"unjudged": len(pairs), "graded": len(graded)})
    else:
        print(f"graded {len(graded)} of {len(pairs)} unjudged pairs; they stand in {arguments.out}")
    return 0


def _type(shown: str) -> str:
    """Show a text on standard error and read a line; the end of input stops the session."""
    sys.stderr.write(shown)
    sys.stderr.flush()
    return sys.stdin.readline() or "q"


def _split(name: str) -> "Split":
    """A split of the golden questions by its name.

    Raises:
        CollectionError: If there is none of this name.
    """
    from eval.errors import CollectionError
    from eval.golden import Split

    if name not in tuple(Split):
        raise CollectionError(f"the golden questions have the splits {', '.join(Split)}, not {name!r}")
    return Split(name)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What judging and comparing need of a collection: questions, judgments and the text of each unit."""

    queries: Mapping[str, str]
    qrels: "Qrels"
    texts: Mapping[str, str]


def _judged(name: str, split: str) -> _Judged:
    from contextlib import closing

    from eval import collections, golden, retrieval
    from ingest import guide

    if name != GOLDEN:
        held = collections.load(Path(name), split=split)
        texts = {one.id: "\n\n".join(filter(None, (one.title, one.text))) for one in held.documents}
        return _Judged(held.queries, held.qrels, texts)
    asked = golden.answerable(golden.load(), _split(split))
    settings, embedder = _parts()
    opened = retrieval.index(guide.documents(), name=GOLDEN, home=settings.home, embedder=embedder, report=_progress)
    with closing(opened) as index:
        chunks = [index.chunk(row) for row in range(index.manifest.chunks)]
        queries = {one.id: one.query for one in asked}
        return _Judged(queries, golden.qrels(asked, index), {one.id: f"{one.header}\n\n{one.text}" for one in chunks})


def _parts() -> "tuple[Settings, Embedder]":
    from assistant import build, settings

    read = settings.read()
    return read, build.embedder(read)


def _evaluate(name: str, split: str, plan: Any, *, settings: "Settings", embedder: "Embedder") -> "Evaluation":  # noqa: ANN401 - Plan is imported late
    from assistant import build
    from eval import collections, golden, retrieval
    from ingest import guide

    if name != GOLDEN:
        held = collections.load(Path(name), split=split)
        return retrieval.evaluate(
            held, plan, home=settings.home, embedder=embedder, engine=build.engine(settings), report=_progress
        )
    asked = golden.answerable(golden.load(), _split(split))
    return retrieval.evaluate_golden(
        asked,
        guide.documents(),
        plan,
        home=settings.home,
        embedder=embedder,
        engine=build.engine(settings),
        report=_progress,
    )


def _points(name: str, split: str, *, settings: "Settings", embedder: "Embedder") -> Sequence[Any]:
    from eval import ann, collections, golden, retrieval
    from eval.errors import EvalError
    from index.dense import DenseIndex
    from ingest import guide

    if name == GOLDEN:
        documents: Sequence[Any] = guide.documents()
        label, queries = GOLDEN, [one.question for one in golden.answerable(golden.load(), _split(split))]
    else:
        held = collections.load(Path(name), split=split)
        documents, queries = held.documents, list(held.queries.values())
        label = f"{held.name}-{held.digest[:8]}"
    index = retrieval.index(documents, name=label, home=settings.home, embedder=embedder, report=_progress)
    if not isinstance(index.dense, DenseIndex):
        raise EvalError("the dense index can be measured where it is files in the home")
    points = ann.curve(index.dense, embedder.encode_query(queries))
    index.close()
    return points


def _progress(progress: Any) -> None:  # noqa: ANN401 - a BuildProgress, imported late
    print(f"embedding {progress.stage}: {progress.done} of {progress.total}", file=sys.stderr, flush=True)


def _record(found: "Evaluation") -> dict[str, Any]:
    record = asdict(found)
    del record["run"], record["without"]
    return record


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
