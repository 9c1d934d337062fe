"""What can go wrong when quality is measured.

EvalError
├── CollectionError   a test collection, run or judgment file cannot be read or does not fit
└── GateError         a measured value lies under its floor, or the floors do not fit what was measured
"""


class EvalError(Exception):
    """Anything that keeps a measurement from being made or trusted."""


class CollectionError(EvalError):
    """A collection, a run or a set of judgments cannot be used as it is."""


class GateError(EvalError):
    """Quality fell, or it cannot be told whether it did."""
