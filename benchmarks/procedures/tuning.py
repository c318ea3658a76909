"""Fits the weights of the search to questions with a known procedure, and to some with none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from benchmarks.procedures.questions import Asked
from bot.procedures.search import Index, Weights

PENALTY = 1e-3
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Opinions:
    """Of many questions: `opinions` and `familiar` as `Index.opinions` gives them, stacked;
    `right`: the column of the right procedure, -1 where there is none; `procedures`: how many of
    the columns are procedures, and not other offices."""

    opinions: Array
    familiar: Array
    right: Array
    procedures: int

    def only(self, opinions: Sequence[int], familiar: Sequence[int]) -> "Opinions":
        return Opinions(
            self.opinions[:, opinions], self.familiar[:, familiar], self.right, self.procedures
        )


def collect(index: Index, asked: Sequence[Asked]) -> Opinions:
    found = [index.opinions(a.question.text, a.topics) for a in asked]
    places = {name: place for place, name in enumerate(index.ids)}
    right = [places.get(a.question.procedure or "", -1) for a in asked]
    return Opinions(
        np.stack([o for o, _ in found]),
        np.stack([f for _, f in found]),
        np.array(right),
        len(index.ids),
    )


def tune(inside: Opinions, outside: Opinions) -> Weights:
    """The order by softmax regression, how sure one is by logistic regression: whether the first is
    right. Questions without an answer count together as much as those with one."""
    opinions = _minimum(lambda w: _disorder(w, inside), inside.opinions.shape[1])
    lead, known, right = _sureness(opinions, inside)
    lead_outside, known_outside, _ = _sureness(opinions, outside)
    rows = np.vstack(
        [
            np.column_stack([np.ones(len(lead)), lead, known]),
            np.column_stack([np.ones(len(lead_outside)), lead_outside, known_outside]),
        ]
    )
    labels = np.r_[right, np.zeros(len(lead_outside))]
    weight = np.r_[np.ones(len(lead)), np.full(len(lead_outside), len(lead) / len(lead_outside))]
    sure = _minimum(lambda w: _surprise(w, rows, labels, weight), rows.shape[1])
    return Weights(tuple(map(float, opinions.round(2))), tuple(map(float, sure.round(2))))


def scores(weights: Weights, of: Opinions) -> tuple[Array, Array]:
    """For each question: the procedures in order, and the scores of all."""
    chances = _chances(np.array(weights.opinions), of)
    best = chances.argmax(axis=1)
    known = of.familiar[np.arange(len(best)), :, best] @ np.array(weights.sure[2:])
    sure = weights.sure[0] + known[:, None] + weights.sure[1] * np.log(chances + 1e-9)
    return np.argsort(-chances, axis=1, kind="stable"), 1 / (1 + np.exp(-sure))


def _sureness(opinions: Array, of: Opinions) -> tuple[Array, Array, Array]:
    chances = _chances(opinions, of)
    best = chances.argmax(axis=1)
    rows = np.arange(len(best))
    return np.log(chances[rows, best] + 1e-9), of.familiar[rows, :, best], best == of.right


def _chances(weights: Array, of: Opinions) -> Array:
    return _softmax(np.einsum("qop,o->qp", of.opinions, weights))[:, : of.procedures]


def _disorder(weights: Array, of: Opinions) -> float:
    chances = _chances(weights, of)
    right = chances[np.arange(len(of.right)), of.right]
    return float(-np.log(right + 1e-12).mean() + PENALTY * weights @ weights)


def _surprise(weights: Array, rows: Array, labels: Array, weight: Array) -> float:
    signed = (rows @ weights) * (2 * labels - 1)
    lost = np.logaddexp(0, -signed) @ weight / weight.sum()
    return float(lost + PENALTY * weights @ weights)


def _minimum(loss: Any, width: int) -> Array:
    return np.asarray(minimize(loss, np.zeros(width), method="BFGS").x)


def _softmax(total: Array) -> Array:
    powers = np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
