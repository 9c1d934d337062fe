"""Whether two runs differ by more than chance.

Per query, paired: Smucker, Allan and Carterette, CIKM 2007, found the randomization test the one to trust for
retrieval. Its p-value says how often flipping the sign of each query's difference at random gives a mean at least as
far from zero.
Several comparisons are corrected by Holm's method (1979). Everything is drawn from a fixed seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.errors import CollectionError

ROUNDS = 10_000

_SEED = 20160229
_CONFIDENCE = 0.95
_TIE = 1e-9
_Z_SIZE, _Z_POWER = 1.959964, 0.841621  # two-sided 5 % and 80 % power, of the normal distribution


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run B against run A on one measure.

    Attributes:
        difference: Mean of B − A over the queries.
        low: Lower end of the 95 % bootstrap interval of the mean difference.
        high: Its upper end.
        p: Two-sided p-value of the paired randomization test.
        detectable: The smallest true difference that this many queries would show at 5 % with 80 % power.
    """

    measure: str
    queries: int
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    wins: int
    ties: int
    losses: int
    detectable: float


def compare(a: Mapping[str, float], b: Mapping[str, float], *, measure: str, rounds: int = ROUNDS) -> Comparison:
    """Compare two systems on the same queries.

    Args:
        a: The first system's value by query.
        b: The second's.
        measure: The measure's name, for the record.
        rounds: Resamples of the test and of the interval.

    Raises:
        CollectionError: If the queries differ, or there are fewer than two.
    """
    if set(a) != set(b):
        only = sorted(set(a) ^ set(b))
        raise CollectionError(
            f"the runs were measured on different queries ({len(only)} are in one only, the first is {only[0]!r}); "
            "compare runs of one collection and split"
        )
    if len(a) < 2:
        raise CollectionError(f"a comparison needs two or more queries, got {len(a)}")
    order = sorted(a)
    first, second = (np.array([values[query] for query in order]) for values in (a, b))
    gains = second - first
    low, high = interval(gains, rounds=rounds)
    return Comparison(
        measure=measure,
        queries=len(order),
        a=float(first.mean()),
        b=float(second.mean()),
        difference=float(gains.mean()),
        low=low,
        high=high,
        p=randomization(gains, rounds=rounds),
        wins=int((gains > _TIE).sum()),
        ties=int((abs(gains) <= _TIE).sum()),
        losses=int((gains < -_TIE).sum()),
        detectable=float((_Z_SIZE + _Z_POWER) * gains.std(ddof=1) / len(gains) ** 0.5),
    )


def randomization(gains: NDArray[np.float64], *, rounds: int = ROUNDS) -> float:
    """Two-sided p-value of the paired randomization test; 1 where nothing differs."""
    from scipy import stats

    if not gains.any():
        return 1.0
    result = stats.permutation_test(
        (gains,),
        lambda sample, axis: sample.mean(axis=axis),
        permutation_type="samples",
        n_resamples=rounds,
        rng=np.random.default_rng(_SEED),
    )
    return float(result.pvalue)


def interval(values: NDArray[np.float64], *, rounds: int = ROUNDS) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of a mean; a single point where all values are equal."""
    from scipy import stats

    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    result = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=rounds,
        confidence_level=_CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for being several, in the order given: the smallest times n, the next times n − 1 and so on."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = highest
    return adjusted
