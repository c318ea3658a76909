"""What a message is: its category, and whether it is sensitive and urgent. One model learns all.

A class of the model is a category with both flags ("dispute, sensitive, not urgent"), which keeps
apart what a category alone lumps together: a quarrel with names in it reads otherwise than one
without. A category is as likely as its classes are together, and so is a flag. Better by one to
two points in everything than a model for each (benchmarks/understanding/README.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import Described, Part, described, feature_rows
from bot.nlu.head import Head
from bot.nlu.labels import category_of, label, written_messages
from bot.nlu.linear import LinearModel
from bot.nlu.ngrams import Row

TALK = "small_talk"
QUESTION = "procedure_question"
REQUEST = "bot_request"
SENSITIVE, URGENT = FLAGS = ("sensitive", "urgent")
FLAGS_KEY = "flags"

ASKED = "asked"
"""The part of a report that asks about a procedure, or None."""

REPORTS_FROM = 0.8
"""So sure must a sentence be of a report, to make a report of a question."""

CLAUSE_REPORTS_FROM = 0.9
SURE_QUESTION = 0.8
"""A part of a sentence must be surer, and counts only where the whole is no sure question: "mất
căn cước, làm lại ở đâu" stays one."""

ASKS_FROM = 0.8
"""So sure must a part of a report be of a question, for it to be answered too."""

Judgement = tuple[dict[str, float], dict[str, float]]
"""How likely each category is, and how likely each flag."""

FEWEST = 60
"""A class with fewer training messages, copies and all, teaches chance rather than sense."""


class MessageClassifier(Head):
    """Sets `intent`, `intent_ranking` (all categories, the likeliest first) and `flags`.

    Its configuration was chosen on the development set (benchmarks/understanding/README.md):
    `sharpness` is the power to which the probabilities of categories are raised, so that of the
    answers held with a confidence of 0.8 four fifths are right. `sensitive_from`, `urgent_from`
    are the probabilities from which a flag is set; for what is not a report but talk or a question
    it is `sensitive_talk_from`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "sharpness": 1.0,
            "sensitive_from": 0.5,
            "sensitive_talk_from": 0.5,
            "urgent_from": 0.5,
        }

    def train(self, training_data: TrainingData) -> Resource:
        messages = [m for m in written_messages(training_data) if _is_known(m)]
        return self.keep(fit(feature_rows(messages), [class_of(m) for m in messages]))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            known = described(message)
            categories, flags = self._judge(known.whole)
            if _likeliest(categories) in (QUESTION, REQUEST):
                categories, flags = self._with_report_in(categories, flags, known)
            message.set(ASKED, self._asked(categories, known))
            ranking = [
                {"name": name, "confidence": categories[name]}
                for name in sorted(categories, key=lambda name: -categories[name])
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(
                FLAGS_KEY, self._decided(str(ranking[0]["name"]), flags), add_to_output=True
            )
        return messages

    def _decided(self, category: str, flags: Mapping[str, float]) -> dict[str, dict[str, Any]]:
        harmless = category in (TALK, QUESTION)
        least = {
            SENSITIVE: self.config["sensitive_talk_from" if harmless else "sensitive_from"],
            URGENT: self.config["urgent_from"],
        }
        return {
            flag: {"value": confidence >= least[flag], "confidence": confidence}
            for flag, confidence in flags.items()
        }

    def _with_report_in(
        self, categories: dict[str, float], flags: dict[str, float], known: Described
    ) -> Judgement:
        """What a question or request is with its parts: a report in one of them makes it one
        (docs/taxonomy.md)."""
        telling = self._reporting(known.sentences, REPORTS_FROM)
        if not telling and max(categories.values()) < SURE_QUESTION:
            telling = self._reporting(known.clauses, CLAUSE_REPORTS_FROM)
        if not telling:
            return categories, flags
        surest, _ = max(telling, key=lambda part: _reports(part[0]))
        raised = {flag: max(flags[flag], *(part[1][flag] for part in telling)) for flag in flags}
        return surest, raised

    def _reporting(self, parts: Sequence[Part], least: float) -> list[Judgement]:
        judged = [self._judge(row) for _, row in parts]
        return [part for part in judged if _reports(part[0]) >= least]

    def _asked(self, categories: Mapping[str, float], known: Described) -> Part | None:
        """The part of a report that asks about a procedure, if one does."""
        if _likeliest(categories) in (TALK, QUESTION, REQUEST):
            return None
        asking = [self._judge(row)[0].get(QUESTION, 0.0) for _, row in known.clauses]
        surest = max(asking, default=0.0)
        return known.clauses[asking.index(surest)] if surest >= ASKS_FROM else None

    def _judge(self, row: Row) -> Judgement:
        if not len(row.columns):
            return unreadable(self.model.classes), dict.fromkeys(FLAGS, 0.0)
        return read(self.model, self.model.probabilities(row), self.config["sharpness"])


def class_of(message: Message) -> str:
    """The category and the flags of a training message: `dispute sensitive`, `small_talk`."""
    flags = [flag for flag in FLAGS if label(message, flag)]
    return " ".join([category_of(message), *flags])


def _is_known(message: Message) -> bool:
    return all(label(message, flag) is not None for flag in FLAGS)


def fit(rows: Any, classes: Sequence[str]) -> LinearModel:
    """Learn the classes that are common enough. The strength was chosen on the development set."""
    names, places, times = np.unique(classes, return_inverse=True, return_counts=True)
    common = np.flatnonzero(times[places] >= min(FEWEST, times.max()))
    return LinearModel.fit(rows[common], names[places[common]].tolist(), penalty=1e-5)


def read(model: LinearModel, probabilities: np.ndarray[Any, Any], sharpness: float) -> Judgement:
    """Of one message's classes: how likely each category is, and how likely each flag."""
    categories: dict[str, float] = {}
    flags = dict.fromkeys(FLAGS, 0.0)
    for name, probability in zip(model.classes, map(float, probabilities), strict=True):
        category, *raised = name.split()
        categories[category] = categories.get(category, 0.0) + probability
        for flag in raised:
            flags[flag] += probability
    sharp = {name: value**sharpness for name, value in categories.items()}
    total = sum(sharp.values())
    return {name: value / total for name, value in sharp.items()}, flags


def _reports(categories: Mapping[str, float]) -> float:
    return 1 - sum(categories.get(name, 0.0) for name in (TALK, QUESTION, REQUEST))


def _likeliest(categories: Mapping[str, float]) -> str:
    return max(categories, key=lambda name: categories[name])


def unreadable(classes: Sequence[str]) -> dict[str, float]:
    """Categories of a message with nothing in it to go by: talk, and nobody is sure."""
    names = dict.fromkeys(name.split()[0] for name in classes)
    chance = 1 / (len(names) + 1)
    return {name: chance * (1 + (name == TALK)) for name in names}
