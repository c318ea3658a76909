"""A linear classifier with probabilities, kept as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class LinearModel:
    """One-against-rest logistic regression.

    `weights` has a column for each class, or one for the second of two classes.
    """

    classes: tuple[str, ...]
    weights: np.ndarray[Any, Any]
    intercept: np.ndarray[Any, Any]

    @classmethod
    def fit(cls, rows: csr_matrix, labels: Sequence[str], strength: float) -> LinearModel:
        """Train; a higher `strength` trusts the training messages more (inverse regularisation)."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            C=strength,
            solver="liblinear",
            dual=True,
            class_weight="balanced",
            max_iter=200,
            random_state=0,
        ).fit(rows, list(labels))
        return cls(
            tuple(map(str, model.classes_)),
            np.ascontiguousarray(model.coef_.T, dtype=np.float32),
            model.intercept_.astype(np.float32),
        )

    def probabilities(self, rows: csr_matrix) -> np.ndarray[Any, Any]:
        """Shape: rows by classes; each row sums to one."""
        positive = 1 / (1 + np.exp(-(rows @ self.weights + self.intercept)))
        if positive.shape[1] == 1:
            return np.hstack([1 - positive, positive])
        return positive / positive.sum(axis=1, keepdims=True)

    def save(self, path: Path) -> None:
        """Write to an `.npz` file."""
        np.savez(path, classes=self.classes, weights=self.weights, intercept=self.intercept)

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Read what `save` wrote; OSError, ValueError or KeyError if it is not that."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(tuple(map(str, stored["classes"])), stored["weights"], stored["intercept"])
