"""A map of the documents: each a point in the plane, near to those that it resembles.

t-SNE (van der Maaten and Hinton, JMLR 2008) over the cosine distance of the documents' centroids, begun from their
principal components: over the field guide those alone show 15 % of the variance, one blot. Only neighbourhoods mean
something in such a map, distances across it do not. It is drawn once a generation and kept.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

MOST = 3000  # points; more take minutes to place and are a blot to look at

_FEW = 8  # with fewer there are no neighbourhoods to keep
_PERPLEXITY = 20.0
_ENDS = (2, 98)  # percentiles that span the map: a stray document must not press all others together

Place = tuple[float, float]


def kept(folder: Path, generation: str) -> dict[str, Place] | None:
    """The map of a generation, by document id, where one was drawn before."""
    try:
        held = json.loads(_file(folder, generation).read_text(encoding="utf-8"))
        return {str(id): (float(x), float(y)) for id, (x, y) in held.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None  # it is drawn again


def draw(folder: Path, generation: str, ids: Sequence[str], vectors: Vectors, *, most: int = MOST) -> dict[str, Place]:
    """Place documents, and keep the map in the place of older ones.

    Args:
        folder: Where maps are kept.
        generation: Id of the generation that is drawn.
        ids: Its documents.
        vectors: Their centroids, unit vectors, shape (n, dimension).
        most: How many are drawn.

    Returns:
        x and y from 0 to 1 by document id; of more than `most` documents an even choice.
    """
    chosen = np.unique(np.linspace(0, len(ids) - 1, min(len(ids), most)).astype(int))
    placed = places(vectors[chosen])
    found = {ids[row]: (round(float(x), 4), round(float(y), 4)) for row, (x, y) in zip(chosen, placed, strict=True)}
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{generation}"
    beside.write_text(json.dumps(found), encoding="utf-8")
    for old in folder.glob("*.json"):
        old.unlink(missing_ok=True)
    beside.replace(_file(folder, generation))
    return found


def places(vectors: Vectors) -> NDArray[np.float64]:
    """Points in the unit square, shape (n, 2), similar rows near each other; the same rows give the same points."""
    if len(vectors) == 0:
        return np.zeros((0, 2))
    flat = _components(vectors) if len(vectors) < _FEW else _neighbours(vectors)
    low, high = np.percentile(flat, _ENDS[0], axis=0), np.percentile(flat, _ENDS[1], axis=0)
    span = np.where(high - low > 1e-9, high - low, 1.0)
    return np.clip(0.02 + 0.96 * (flat - low) / span, 0, 1)


def _components(vectors: Vectors) -> NDArray[np.float64]:
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    flat = np.zeros((len(vectors), 2))
    used = centred @ axes[:2].T
    flat[:, : used.shape[1]] = used
    return flat


def _neighbours(vectors: Vectors) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    method = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=0, n_jobs=1)
    with threadpool_limits(1):  # on two busy cores its threads wait for each other: 41 s for 144 documents, 2 with one
        flat: NDArray[np.float64] = method.fit_transform(np.asarray(vectors))
    return flat


def _file(folder: Path, generation: str) -> Path:
    return folder / f"{generation}.json"
