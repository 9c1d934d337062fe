"""`ninestep keys`: make, list and revoke API keys."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.keys import Key, KeyRing


def add(parser: argparse.ArgumentParser) -> None:
    """Give `ninestep keys` its arguments."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    made = verbs.add_parser("add", help="make a key; it is shown this once")
    made.add_argument("name", help="who it is for")
    made.add_argument(
        "--scope", action="append", choices=("read", "ingest"), help="read (default) or ingest; may be repeated"
    )
    made.add_argument("--rate", default="", metavar="RATE", help="such as 100/minute (default: NINESTEP_RATE)")
    made.set_defaults(run=_add)
    listed = verbs.add_parser("list", help="all keys, without their secrets")
    listed.set_defaults(run=_list)
    gone = verbs.add_parser("revoke", help="take a key away, from the next request on")
    gone.add_argument("id", help="its id, as `ninestep keys list` shows it")
    gone.set_defaults(run=_revoke)
    for verb in (made, listed, gone):
        verb.add_argument("--json", action="store_true", help="print the result as JSON")


def _ring() -> "KeyRing":
    from assistant import build
    from assistant.settings import read

    return build.keys(read())


def _add(arguments: argparse.Namespace) -> int:
    from assistant.keys import Scope

    _check_rate(arguments.rate)
    scopes = [Scope(one) for one in arguments.scope or [Scope.READ]]
    key, text = _ring().add(arguments.name, scopes=scopes, rate=arguments.rate)
    if arguments.json:
        print(json.dumps(_shown(key) | {"key": text}))
    else:
        print(f"{text}\nkeep it; it is not shown again. It may {', '.join(key.scopes)}.")
    return 0


def _check_rate(text: str) -> None:
    from assistant.errors import SettingsError
    from assistant.rates import parse

    try:
        parse(text or "1/minute")
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _list(arguments: argparse.Namespace) -> int:
    keys = _ring().all()
    if arguments.json:
        print(json.dumps([_shown(key) for key in keys]))
        return 0
    for key in keys:
        print(f"{key.id}  {', '.join(key.scopes):<12} {key.rate or 'NINESTEP_RATE':<14} {key.created}  {key.name}")
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    key = _ring().revoke(arguments.id)
    print(json.dumps(_shown(key)) if arguments.json else f"{key.id} ({key.name}) is revoked")
    return 0


def _shown(key: "Key") -> dict[str, Any]:
    return {name: value for name, value in asdict(key).items() if name != "digest"}
