"""How good the model is on messages it did not learn from: a seeded fifth, held out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split

from bot.nlu import category, flags, topic
from bot.nlu.labels import category_of, label, written_messages
from bot.nlu.linear import LinearModel
from bot.nlu.ngrams import NgramFeatures
from bot.nlu.text import strip_diacritics
from bot.nlu.thresholds import FLAG_FROM

HELD_OUT = 0.2
SEED = 61


@dataclass(frozen=True)
class Part:
    """Messages with their features, as written first and then without diacritics."""

    messages: Sequence[Message]
    rows: csr_matrix

    @classmethod
    def of(cls, messages: Sequence[Message], ngrams: NgramFeatures) -> Part:
        return cls(messages, ngrams.transform(_both_views(messages)))

    def labels(self, name: str) -> list[Any]:
        """A label of each row; None where it is unknown."""
        return [label(message, name) for message in self.messages] * 2

    def categories(self) -> list[str]:
        """The category of each row."""
        return [category_of(message) for message in self.messages] * 2

    def known(self, labels: Sequence[Any]) -> np.ndarray[Any, Any]:
        """Places of the rows whose label somebody knew."""
        return np.array([place for place, value in enumerate(labels) if value is not None])


def measure(training_data: TrainingData) -> dict[str, Any]:
    """Train on four fifths, ask about the rest; shares between 0 and 1."""
    messages = written_messages(training_data)
    categories = [category_of(message) for message in messages]
    learnt, held_out = train_test_split(
        messages, test_size=HELD_OUT, random_state=SEED, stratify=categories
    )
    ngrams = NgramFeatures.fit(_both_views(learnt))
    train, test = Part.of(learnt, ngrams), Part.of(held_out, ngrams)
    return {
        "messages": len(messages),
        "held_out": len(held_out),
        **_categories(train, test),
        "flags": {flag: _flag(train, test, flag) for flag in FLAG_FROM},
        "topic_accuracy": _topics(train, test),
    }


def _both_views(messages: Sequence[Message]) -> list[str]:
    written = [message.get(TEXT) for message in messages]
    return written + [strip_diacritics(text) for text in written]


def _categories(train: Part, test: Part) -> dict[str, float]:
    model = category.fit(train.rows, train.categories())
    answers = _best(model, test.rows)
    written, stripped = answers[: len(test.messages)], answers[len(test.messages) :]
    right = np.array(test.categories()[: len(test.messages)])
    return {
        "accuracy": float((written == right).mean()),
        "macro_f1": float(f1_score(right, written, average="macro")),
        "stripped_accuracy": float((stripped == right).mean()),
        "stripped_macro_f1": float(f1_score(right, stripped, average="macro")),
    }


def _flag(train: Part, test: Part, flag: str) -> dict[str, float]:
    labels, right = train.labels(flag), test.labels(flag)[: len(test.messages)]
    learnt, asked = train.known(labels), test.known(right)
    model = flags.fit(train.rows[learnt], [bool(labels[place]) for place in learnt])
    answers = model.probabilities(test.rows[asked])[:, 1] >= FLAG_FROM[flag]
    truth = [bool(right[place]) for place in asked]
    return {
        "recall": float(recall_score(truth, answers, zero_division=0)),
        "precision": float(precision_score(truth, answers, zero_division=0)),
    }


def _topics(train: Part, test: Part) -> float:
    labels, right = train.labels(topic.TOPIC), test.labels(topic.TOPIC)[: len(test.messages)]
    learnt, asked = train.known(labels), test.known(right)
    model = topic.fit(train.rows[learnt], [labels[place] for place in learnt])
    truth = np.array([right[place] for place in asked])
    return float((_best(model, test.rows[asked]) == truth).mean())


def _best(model: LinearModel, rows: csr_matrix) -> np.ndarray[Any, Any]:
    return np.array(model.classes)[model.probabilities(rows).argmax(axis=1)]
