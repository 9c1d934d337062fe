"""Boosted trees: what a linear model of signs leaves unexplained.

Each tree is fitted to what the linear model and the trees before it get wrong (Friedman, "Greedy function
approximation", 2001; the fit is in eval/sufficiency.py), and adds a step to the log odds. A tree asks of one sign at a
time whether it is at most a threshold: that a question is short counts otherwise where all of it was found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A question about a sign; or, where the sign has no name, an end.

    Attributes:
        sign: Its name.
        most: The threshold: what is at most as large goes on at `below`.
        below: Place of the next node in its tree.
        above: The same for what is larger.
        step: What an end adds to the log odds.
    """

    sign: str
    most: float
    below: int
    above: int
    step: float


Tree = tuple[Node, ...]


def log_odds(trees: Iterable[Tree], signs: Mapping[str, float]) -> float:
    """The sum of the steps of all trees."""
    return sum(_step(tree, signs) for tree in trees)


def read(held: Iterable[Sequence[Sequence[str | float]]]) -> tuple[Tree, ...]:
    """Trees as JSON keeps them: a list of nodes each, a list of the five values each."""
    return tuple(
        tuple(
            Node(str(sign), float(most), int(below), int(above), float(step))
            for sign, most, below, above, step in nodes
        )
        for nodes in held
    )


def _step(tree: Tree, signs: Mapping[str, float]) -> float:
    node = tree[0]
    while node.sign:
        node = tree[node.below if signs[node.sign] <= node.most else node.above]
    return node.step
