"""Every regular expression of the packages, held against strings that make backtracking hurt.

The strings are made from the expression itself: what matches up to a repetition, then what is repeated, thousands of
times, then something that does not fit; and every beginning of a match, thousands of times over. What is measured is
growth, not time: what a character costs in a text, and in one of eight times its length.

An expression that is known to read short texts alone says so in `BOUNDED`, with the reason.
"""

import ast
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from assistant import question
from index import acronyms
from tests.fuzz.campaign import TooSlowError, timed

PACKAGES = ("ingest", "index", "assistant", "eval", "ui")
LENGTH = 24_000  # characters of a text
_ROOT = Path(__file__).parent.parent.parent
_CALLS = frozenset({"match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split"})
_WHOLE = frozenset({"match", "fullmatch"})
_SCAN = re.compile("[^x]*x")
_ENDS = ("", "\0", "\n!")
_SOME = 3  # characters of a set that are tried
_PUMPS = 60  # strings an expression
_GROWTH = 2.5  # a linear expression has 1 or less, a quadratic one 5 to 8
_TURN = 0.002  # seconds
_LEAST = 1_600  # characters
_ROUNDS = 12
_DEAR = 300  # units: what costs less is a few searches for a first letter, whatever its growth
_HANGS = 1.0  # seconds of processor time after which a match is given up

# Characters that an expression reads at most, by the beginning of its name. Questions have 2,000 and single blanks.
BOUNDED: Mapping[str, int] = {
    "assistant.question.": question.MAX_CHARACTERS,
    "assistant.compare._": question.MAX_CHARACTERS,
    "assistant.sides._": question.MAX_CHARACTERS,
    "assistant.telling._SUBJECT": question.MAX_CHARACTERS,
    "assistant.premise._HELD_TRUE": question.MAX_CHARACTERS,
    "assistant.premise._GRANTED": question.MAX_CHARACTERS,
    "index.acronyms._BEFORE": acronyms._WINDOW,
    "ingest.pdfium.": 128,  # names of fonts
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression where it stands.

    Attributes:
        where: File and line, or module and name.
        call: How it is used; of several ways the one that costs most.
        most: Characters that it reads.
    """

    where: str
    pattern: "re.Pattern[Any]"
    call: str
    most: int = LENGTH


@cache
def everywhere() -> tuple[Expression, ...]:
    """All of them: those kept in modules, and those written where they are used."""
    found: dict[tuple[Any, int, str], Expression] = {}
    for name in _modules():
        module = importlib.import_module(name)
        calls = _uses(Path(module.__file__ or ""))
        for held, value in vars(module).items():
            for pattern in _held(value):
                call = calls.get(held, "search")
                key = f"{name}.{held}"
                found.setdefault((pattern.pattern, pattern.flags, call), Expression(key, pattern, call, _most(key)))
        for one in _written(Path(module.__file__ or ""), name):
            found.setdefault((one.pattern.pattern, one.pattern.flags, one.call), one)
    return tuple(found.values())


def _most(name: str) -> int:
    return next((most for start, most in BOUNDED.items() if name.startswith(start)), LENGTH)


def _modules() -> list[str]:
    packages = [importlib.import_module(name) for name in PACKAGES]
    walked = itertools.chain.from_iterable(pkgutil.walk_packages(one.__path__, f"{one.__name__}.") for one in packages)
    return [one.name for one in walked if not one.name.endswith("__main__")]


def _held(value: object, depth: int = 0) -> Iterator["re.Pattern[Any]"]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 5 and isinstance(value, Mapping):
        yield from itertools.chain.from_iterable(_held(one, depth + 1) for one in value.values())
    elif depth < 5 and isinstance(value, tuple | list | frozenset):
        yield from itertools.chain.from_iterable(_held(one, depth + 1) for one in value)
    elif depth < 5 and hasattr(type(value), "__dataclass_fields__"):
        yield from itertools.chain.from_iterable(
            _held(getattr(value, one, None), depth + 1) for one in type(value).__dataclass_fields__
        )


def _uses(path: Path) -> dict[str, str]:
    """How a module uses the expressions that it keeps, by name; a search goes before a match."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            holder = node.func.value
            if isinstance(holder, ast.Name) and (holder.id not in found or node.func.attr not in _WHOLE):
                found[holder.id] = node.func.attr
    return found


def _written(path: Path, module: str) -> Iterator[Expression]:
    """Calls of `re` with an expression that is a plain text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        given = node.args[0]
        if ast.unparse(node.func.value) == "re" and node.func.attr in _CALLS and isinstance(given, ast.Constant):
            flags = re.IGNORECASE if "IGNORECASE" in ast.unparse(node) else 0
            flags |= re.DOTALL if "DOTALL" in ast.unparse(node) else 0
            where = f"{module}:{node.lineno}"
            yield Expression(where, re.compile(given.value, flags), node.func.attr, _most(where))


def slow() -> list[str]:
    """The expressions whose cost grows with more than the length of what they read, a sentence each."""
    return [told for one in everywhere() if (told := judged(one))]


def judged(one: Expression) -> str:
    """What speaks against an expression; empty where nothing does."""
    shown = str(one.pattern.pattern)[:90]
    for piece, end, before in pumps(one.pattern.pattern, one.pattern.flags):
        told = f"on {piece[:30]!r} again and again after {before[:30]!r}, then {end!r}: {shown}"
        try:
            growth = _growth(one, lambda length, parts=(piece, end, before): _pumped(*parts, length=length))
        except TooSlowError:
            return f"{one.where} hangs {told}"
        if growth > _GROWTH and one.most == LENGTH:
            return (
                f"{one.where} costs {growth:.1f} times as much a character where there are eight times as many, {told}"
            )
    return ""


def _pumped(piece: str, end: str, before: str, *, length: int) -> str:
    return before + piece * max((length - len(before)) // max(len(piece), 1), 1) + end


def _growth(one: Expression, made: Callable[[int], str]) -> float:
    """How much more a character costs where there are eight times as many; 0 where all of them are cheap.

    The lengths are so short that what is measured fits between two turns of other processes.

    Raises:
        TooSlowError: If the longest text hangs.
    """
    use, length = _run(one), one.most
    scan = min(_took(lambda: _SCAN.match("a" * length)) for _ in range(3))
    with timed(_HANGS):
        took = _took(lambda: use(_given(one, made(length))))
    if took < _DEAR * scan:
        return 0.0
    while took > _TURN and length > _LEAST:
        length //= 2
        took = _took(lambda: use(_given(one, made(length))))
    long, short = _given(one, made(length)), _given(one, made(length // 8))
    pairs = [(_took(lambda: use(long)), _took(lambda: use(short))) for _ in range(_ROUNDS)]
    return min(pair[0] for pair in pairs) / min(pair[1] for pair in pairs) * len(short) / len(long)


def _given(one: Expression, text: str) -> Any:
    return text.encode("utf-8", "replace") if isinstance(one.pattern.pattern, bytes) else text


def _took(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def _run(one: Expression) -> Any:
    match one.call:
        case "sub" | "subn":
            return lambda text: one.pattern.sub(text[:0], text)
        case "finditer" | "findall":
            return lambda text: sum(1 for _ in one.pattern.finditer(text))
        case call:
            return getattr(one.pattern, call)


def pumps(pattern: str | bytes, flags: int = 0) -> list[tuple[str, str, str]]:
    """(what is repeated, what follows, what stands before), made from the expression."""
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    tree = parser.parse(text, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)
    found: dict[tuple[str, str], None] = {}
    for before, piece in _repeated(tree, "", tree.state):
        if piece:
            found.setdefault((before, piece))
        if before + piece:
            found.setdefault(("", before + piece))
    for piece in (" ", "a ", "1", "\n", "a"):
        found.setdefault(("", piece))
    chosen = list(found)[: _PUMPS // len(_ENDS)]
    return [(piece, end, before) for before, piece in chosen for end in _ENDS]


def _repeated(tree: Any, before: str, state: Any) -> Iterator[tuple[str, str]]:
    """Every repetition in a tree, with a text that leads to it and the texts that it may repeat."""
    for number, (code, held) in enumerate(tree):
        rest = before + "".join(_sample(one) for one in list(tree)[:number])
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            _, high, inner = held
            if high > 8:
                yield from ((rest, one) for one in _variants(inner))
            yield from _repeated(inner, rest, state)
        elif code is codes.SUBPATTERN:
            yield from _repeated(held[3], rest, state)
        elif code is codes.BRANCH:
            yield from itertools.chain.from_iterable(_repeated(one, rest, state) for one in held[1])
        elif code in {codes.ASSERT, codes.ASSERT_NOT}:
            yield from _repeated(held[1], rest, state)
        elif code is codes.ATOMIC_GROUP:
            yield from _repeated(held, rest, state)


def _variants(tree: Any) -> list[str]:
    """A few texts that a tree matches: each kind of character of a set, each branch."""
    if len(tree) == 1:
        code, held = tree[0]
        if code is codes.IN:
            return [chr(one) for one in _members(held)[:_SOME]]
        if code in {codes.ANY, codes.NOT_LITERAL}:
            return [" ", "a"]
        if code is codes.BRANCH:
            return ["".join(_sample(node) for node in one) for one in held[1]][:6]
        if code is codes.SUBPATTERN:
            return _variants(held[3])
    return ["".join(_sample(one) for one in tree)]


def _sample(node: Any) -> str:
    """One text that a node matches."""
    code, held = node
    if code is codes.LITERAL:
        return chr(held)
    if code is codes.NOT_LITERAL:
        return "b" if held == ord("a") else "a"
    if code is codes.ANY:
        return "a"
    if code is codes.IN:
        return chr(_members(held)[0])
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        return "".join(_sample(one) for one in held[2]) * held[0]
    if code is codes.SUBPATTERN:
        return "".join(_sample(one) for one in held[3])
    if code is codes.ATOMIC_GROUP:
        return "".join(_sample(one) for one in held)
    if code is codes.BRANCH:
        return "".join(_sample(one) for one in held[1][0])
    return ""


def _members(held: Any) -> list[int]:
    """Characters of a set, of each part of it one, blanks first."""
    if held and held[0][0] is codes.NEGATE:
        out = set().union(*(_all(one) for one in held[1:]))
        return [one for one in (32, 97, 49, 10, 60, 46, 45) if one not in out][:_SOME] or [0x3B1]
    found = [next(iter(sorted(_all(one)))) for one in held if _all(one)]
    return sorted(found, key=lambda one: one != 32) or [97]


def _all(part: Any) -> set[int]:
    code, held = part
    if code is codes.LITERAL:
        return {held}
    if code is codes.RANGE:
        return set(range(held[0], min(held[1], held[0] + 200) + 1))
    if code is codes.CATEGORY:
        category = str(held)
        letters, digits, blanks = {97, 98, 65, 95}, {48, 49, 50}, {32, 10, 9}
        sets = {"DIGIT": digits, "SPACE": blanks, "WORD": letters | digits}
        name = category.rpartition("_")[2]
        return {46, 45, 32, 97} - sets.get(name, set()) if "NOT" in category else sets.get(name, set())
    return set()
