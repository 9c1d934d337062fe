"""The command line: one parser, one function a command, heavy libraries imported by the command that needs them.

Results go to standard output (`--json` for programs), progress and logs to standard error. Exit code 0: done, 1: it
failed, 2: asked wrongly. Every foreseeable error is one sentence.
"""

import argparse
import errno
import json
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui import evals, keys

if TYPE_CHECKING:
    from assistant.settings import Settings
    from index.types import Filters, Hit
    from ui.moving import Moved

# Controls but tab and line feed (a title with ESC could rename the window or fill the clipboard), and marks that turn
# the direction of writing.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DATE = re.compile(r"\d{4}(-\d\d){0,2}")

FAILED = 1
ASKED_WRONGLY = 2

_FILTERS = {
    "kind": "this kind of source",
    "organisation": "this organisation",
    "step": "this step of the formula, 1 to 9",
    "topic": "this topic",
    "source": "this source",
}
_SOURCE_KEYS = ("id", "title", "url", "kind", "status", "reason", "documents", "chunks", "fetched_at", "from")
_EVAL = "measure retrieval and answers, compare runs, draw the report"
_KEYS = "make, list and revoke API keys"
_HELP = "semantic search and cited answers for designing machine-learning systems"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    return told(lambda: int(arguments.run(arguments)))


def told(run: Callable[[], int]) -> int:
    """Run something; returns its exit code, or that of an error, which is told in a sentence."""
    from assistant.errors import AnswerError, QuestionError, SettingsError
    from eval.errors import CollectionError, EvalError
    from index.errors import SearchError
    from ingest.errors import CatalogError, IngestError

    try:
        return run()
    except (QuestionError, SettingsError, CatalogError, CollectionError) as error:
        return _complain(error, ASKED_WRONGLY)
    except (AnswerError, SearchError, IngestError, EvalError) as error:
        return _complain(error, FAILED)
    except (OSError, sqlite3.Error) as error:
        return _complain(_of_disk(error), FAILED)
    except KeyboardInterrupt:
        return _complain("stopped; what was done is kept", 130)


def _of_disk(error: OSError | sqlite3.Error) -> str:
    """A sentence on a file or a disk that fails us where nobody foresaw it."""
    code = str(getattr(error, "sqlite_errorname", "") or errno.errorcode.get(getattr(error, "errno", None) or 0, ""))
    if code in {"ENOSPC", "EDQUOT", "SQLITE_FULL"}:
        return "the disk is full; nothing that was there is lost, make room and run this again"
    if code in {"EROFS", "EACCES", "EPERM"} or code.startswith("SQLITE_READONLY"):
        return f"a file cannot be written ({error}); see who owns it, and whether its disk is mounted read-only"
    if isinstance(error, sqlite3.Error):
        return f"a file of the home cannot be used ({error}); `ninestep doctor` says which and why"
    return str(error)


def _complain(error: object, code: int) -> int:
    _log(f"ninestep: {error}")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ninestep", description=_HELP)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "up", _up, "index the field guide, serve, and fetch the listed sources meanwhile", json=False)
    ingest = _command(commands, "ingest", _ingest, "fetch listed sources into the library")
    _ingest_arguments(ingest)
    _command(commands, "sources", _sources, "list every source with its health")
    _command(commands, "index", _index, "build the index from the library; on an empty home, from the field guide")
    search = _command(commands, "search", _search, "find passages")
    search.add_argument("query")
    search.add_argument("-k", type=_positive, default=10, help="how many (default 10)")
    search.add_argument("--mode", choices=("hybrid", "dense", "lexical", "rrf"), default="hybrid", help="what searches")
    search.add_argument("--explain", action="store_true", help="show ranks, scores and shares by method")
    search.add_argument("--why-not", metavar="DOCUMENT", help="tell why a document is not among the hits")
    for name, text in _FILTERS.items():
        search.add_argument(f"--{name}", action="append", default=[], help=f"only {text}; may be repeated")
    search.add_argument("--since", default="", metavar="DATE", help="published on or after, such as 2019-06")
    search.add_argument("--until", default="", metavar="DATE", help="published on or before")
    ask = _command(commands, "ask", _ask, "answer a question with citations")
    ask.add_argument("question")
    ask.add_argument(
        "--view", choices=("interview", "document", "page"), default="document", help="how a design is shown"
    )
    ask.add_argument("--export", type=Path, metavar="FILE", help="write the answer as Markdown with its references")
    serve = _command(commands, "serve", _serve, "serve chat and API", json=False)
    serve.add_argument("--port", type=int, help="port (default: NINESTEP_PORT or 7860)")
    _command(commands, "mcp", _mcp, "serve the Model Context Protocol on standard input and output", json=False)
    kept: argparse.ArgumentParser = commands.add_parser("keys", help=_KEYS, description=_KEYS)
    keys.add(kept)
    measure: argparse.ArgumentParser = commands.add_parser("eval", help=_EVAL, description=_EVAL)
    evals.add(measure)
    doctor = _command(commands, "doctor", _doctor, "check the installation, the library and the index")
    doctor.add_argument("--repair", action="store_true", help="make what is derived again; truth is never touched")
    away = _command(commands, "export", _export, "write library, archive, feedback and judgments into one file")
    away.add_argument("file", type=Path, metavar="FILE")
    back = _command(commands, "import", _import, "take over what `export` wrote; what was there is kept beside")
    back.add_argument("file", type=Path, metavar="FILE")
    return parser


def _command(
    commands: Any,  # noqa: ANN401 - argparse's own type is private
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
    *,
    json: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    if json:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"wanted 1 to 1000, got {number}")
    return number


def _settings() -> "Settings":
    from assistant.settings import read

    return read()


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _inert(text: str) -> str:
    """A text that a terminal shows and does not obey."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


def _log(text: str) -> None:
    print(_inert(text), file=sys.stderr, flush=True)


def _show(text: str) -> None:
    print(_inert(text))


def _up(_: argparse.Namespace) -> int:
    from ui import up

    return up.run(_settings())


def _serve(arguments: argparse.Namespace) -> int:
    from ui import up

    settings = _settings()
    return up.serve(settings.model_copy(update={"port": arguments.port}) if arguments.port else settings)


def _mcp(_: argparse.Namespace) -> int:
    from ui import up

    return up.speak(_settings())


def _ingest_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="SOURCE", help="ids of listed sources, paths of files and folders, or addresses"
    )
    parser.add_argument("--all", action="store_true", help="every listed source, and those of your own")
    parser.add_argument("--due", action="store_true", help="of these, only the ones whose next try has come")
    parser.add_argument("--warc", nargs="+", type=Path, metavar="FILE", help="read archived responses, fetch nothing")
    parser.add_argument("--unlisted", action="store_true", help="with --warc: take pages that no source lists, too")
    parser.add_argument("--reread", action="store_true", help="extract again from the archive, fetch nothing")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="extract and embed on a Ray cluster: auto, host:port, or local to start one"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    parser.add_argument("--forget", action="store_true", help="remove these sources with their documents")


def _ingest(arguments: argparse.Namespace) -> int:
    from ui import ingesting

    result = ingesting.run(arguments, _settings())
    line = result.pop("line")
    if arguments.json:
        _print(result)
    else:
        _show(line)
    if "failed" not in result:
        return 0
    _log("run `ninestep index` to make what changed searchable")
    return FAILED if result["total"] and len(result["failed"]) == result["total"] else 0


def _index(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ui import up

    manifest = up.index(_settings(), log=_log)
    if arguments.json:
        _print(asdict(manifest))
    else:
        _show(
            f"indexed {manifest.documents} documents, {manifest.chunks} passages, {manifest.sentences} sentences "
            f"(generation {manifest.id}, recall@10 {manifest.recall})"
        )
    return 0


def _sources(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from assistant import build, sources

    settings = _settings()
    counts: dict[str, int] = {}
    engine = build.engine(settings)(settings.home)
    if engine.current():
        held = engine.open_sound()
        counts = held.chunk_counts()
        held.close()
    rows = sources.rows(build.library_path(settings), chunk_counts=counts)
    if arguments.json:
        named = [asdict(row) | {"from": row.came} for row in rows]
        _print([{key: row[key] for key in _SOURCE_KEYS} for row in named])
        return 0
    for row in rows:
        _show(f"{row.status:<14} {row.documents:>4} docs  {row.id:<36} {row.reason or row.fetched_at[:10]}")
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from assistant import build, wire
    from assistant.question import understand
    from index.search import Mode

    understand(arguments.query)
    filters = _filters(arguments)
    assistant = build.assistant(_settings())
    assistant.infos()
    started = time.perf_counter()
    hits = assistant.search(arguments.query, k=arguments.k, filters=filters, mode=Mode(arguments.mode))
    took = (time.perf_counter() - started) * 1000
    result = wire.search(arguments.query, hits, took_ms=took)
    if arguments.why_not:
        why = assistant.explain(arguments.query, arguments.why_not, k=arguments.k, filters=filters)
        result["why_not"] = wire.explanation(why)
    if arguments.json:
        _print(result)
        return 0
    for hit in hits:
        _show(f"{hit.rank:>3}. {hit.score:.3f}  {' › '.join([hit.document.title, *hit.chunk.headings])}")
        _show(f"     {hit.document.url}")
        if arguments.explain:
            _show(f"     {_shares(hit, arguments.query)}")
        _show(f"     {' '.join(hit.chunk.text.split())[:220]}…\n")
    if not hits:
        _show("no passage passes the filters")
    if arguments.why_not:
        _show(f"{arguments.why_not}: {result['why_not']['reason']}")
    return 0


def _filters(arguments: argparse.Namespace) -> "Filters | None":
    """The filters that were asked for, or None.

    Raises:
        QuestionError: If a step is no number from 1 to 9, or a date is none.
    """
    from assistant.errors import QuestionError
    from index.types import Filters

    wrong = [step for step in arguments.step if step not in tuple("123456789")]
    wrong += [date for date in (arguments.since, arguments.until) if date and not _DATE.fullmatch(date)]
    if wrong:
        raise QuestionError(f"cannot filter by {wrong[0]!r}; a step is 1 to 9, a date 2019, 2019-06 or 2019-06-30")
    filters = Filters(
        kinds=frozenset(arguments.kind),
        organisations=frozenset(arguments.organisation),
        steps=frozenset(map(int, arguments.step)),
        topics=frozenset(arguments.topic),
        sources=frozenset(arguments.source),
        since=arguments.since,
        until=arguments.until,
    )
    return filters if filters else None


def _shares(hit: "Hit", query: str) -> str:
    """One line on where a hit's score comes from, the words as they were typed where they are."""
    from index import explain, lexical

    methods = [
        f"{explain.NAMES[name]} rank {one.rank}, score {one.score:.3f}, gives {one.share:.3f}"
        for name, one in hit.trace.methods.items()
    ]
    typed = {term: word for word in reversed(lexical.words(query)) for term in lexical.terms(word)}
    words = [typed.get(term, term) for term in hit.trace.matched_terms]
    return "; ".join([*methods, f"words: {', '.join(words) or 'none'}"])


def _ask(arguments: argparse.Namespace) -> int:
    from assistant import build, export, views, wire
    from assistant.types import Answer
    from ui import text

    result = build.assistant(_settings()).ask(arguments.question)
    if isinstance(result, Answer):
        result = views.view(result, views.View(arguments.view))
    if arguments.export:
        arguments.export.write_text(export.markdown(result), encoding="utf-8")
        _log(f"wrote {arguments.export}")
    if arguments.json:
        _print(wire.answer(result))
    else:
        _show(text.answer(result))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from ui import doctor

    settings = _settings()
    if arguments.repair:
        for line in doctor.repair(settings, log=_log):
            _log(f"repaired: {line}")
    checks = doctor.examine(settings)
    if arguments.json:
        _print([{"name": check.name, "ok": check.ok, "found": check.found} for check in checks])
    else:
        for check in checks:
            _show(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}")
    return 0 if all(check.ok for check in checks) else FAILED


def _export(arguments: argparse.Namespace) -> int:
    from ui import moving

    moved = moving.export(_settings(), arguments.file)
    return _tell(arguments, moved, f"wrote {arguments.file}: {moved.documents} documents, {moved.files} files")


def _import(arguments: argparse.Namespace) -> int:
    from ui import moving

    moved = moving.restore(_settings(), arguments.file)
    code = _tell(arguments, moved, f"took over {moved.documents} documents, {moved.files} files")
    if moved.kept:
        _log(f"what was there is kept in {moved.kept}")
    for url in moved.left:
        _log(f"{url} was a path of the other machine: its documents came along, add it with `ninestep ingest PATH`")
    _log("run `ninestep index` to make it searchable")
    return code


def _tell(arguments: argparse.Namespace, moved: "Moved", line: str) -> int:
    if arguments.json:
        from dataclasses import asdict

        _print(asdict(moved) | {"kept": str(moved.kept or "")})
    else:
        _show(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
