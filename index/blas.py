"""Matrix products on the thread that asks for them.

numpy's OpenBLAS keeps threads of its own and stops them whenever the process forks. A product that is under way at that
moment waits for them for ever, holding a lock, and every later one waits behind it: in the eleventh minute of a mixed
load an ingestion was started while an answer was composed, and no question was answered from then on. A server answers
on threads of its own, so its products need none.
"""

from contextlib import AbstractContextManager


def on_one_thread() -> AbstractContextManager[object]:
    """No thread of BLAS works until the end of the block; for the whole process, and what is loaded of BLAS by then.

    faiss brings one that comes later and uses OpenMP, which a fork leaves alone.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits
