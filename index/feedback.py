"""Pseudo-relevance feedback on the query's vector.

The best passages of a first ranking say in the library's own words what the question is about. The query's vector is
drawn a little toward their mean and every candidate scored again (Rocchio, "Relevance feedback in information
retrieval", 1971; with dense vectors: Li et al., TOIS 2023). The candidates stay as they are: nothing is searched twice.
"""

import numpy as np

from index.types import Vectors

PASSAGES = 3  # as many of the best draw the query
SHARE = 0.2  # of the drawn query that is theirs; docs/decisions.md


def drawn(query: Vectors, best: Vectors, *, share: float = SHARE) -> Vectors:
    """The query's vector with the given share of the mean of the best passages, scaled to length 1.

    Args:
        query: Unit vector, shape (dimension,).
        best: Vectors of passages, shape (n, dimension); of none the query stays as it is.
        share: 0 to 1.
    """
    if not len(best):
        return query
    moved = (1 - share) * query + share * best.mean(axis=0)
    return np.asarray(moved / max(float(np.linalg.norm(moved)), 1e-9), dtype=np.float32)
