"""Formulas in a line of text: what a reader sees as raised, rooted or divided is written with ^, √ and /.

Without the marks 10⁹ becomes 109, and a quotation says what its source does not.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4.element import Tag

_BASE = re.compile(r"(?:(?<![\w.,])\d{1,2}|(?<!\w)[A-Za-z])$")  # longer ones are years and words, with a note behind
_POWER = re.compile(r"\s*([-−+]?\d{1,3}|[a-z])\s*")
_MARKUP_POWER = re.compile(r"((?<![\w.,])\d{1,2}|(?<!\w)[A-Za-z])<sup>\s*([-−+]?\d{1,3}|[a-z])\s*</sup>", re.IGNORECASE)
_DEEPEST = 60  # levels of a formula; what nests deeper is written without its marks


def is_power(before: str, raised: str) -> bool:
    """Whether a raised text is a power of what stands before it, and not the mark of a note."""
    return bool(_BASE.search(before) and _POWER.fullmatch(raised))


def with_powers(markup: str) -> str:
    """Markup in which `10<sup>9</sup>` is written 10^9."""
    return _MARKUP_POWER.sub(r"\1^\2", markup)


def in_line(formula: "Tag") -> str:
    """A MathML element in one line."""
    return " ".join(_written(formula, 0).split())


def _written(tag: "Tag", depth: int) -> str:
    from bs4.element import Tag

    children = [one for one in tag.children if isinstance(one, Tag)]
    if depth > _DEEPEST or not children:
        return f" {tag.get_text(' ', strip=True)} "
    if tag.name == "semantics":  # the formula, then other ways to write it
        return _written(children[0], depth + 1)
    parts = [_written(one, depth + 1).strip() for one in children]
    return f" {_joined(tag.name, parts)} "


def _joined(name: str, parts: Sequence[str]) -> str:
    match name, parts:
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msqrt", _:
            return f"√({' '.join(parts)})"
        case "mroot", [under, degree]:
            return f"({under})^(1/{degree})"
        case "msup", [base, power]:
            return f"{_grouped(base)}^{_grouped(power)}"
        case "msub", [base, index]:
            return f"{_grouped(base)}_{_grouped(index)}"
        case "msubsup", [base, index, power]:
            return f"{_grouped(base)}_{_grouped(index)}^{_grouped(power)}"
    return " ".join(parts)


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text
