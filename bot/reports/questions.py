"""What a reporter is asked about a report, one short question at a time (P-4.2).

The Rasa form `report_form` (domain.yml) leads the dialogue; where it stands is kept here, with the
report, so that it is there days later and after any crash. `Report.answers` is a list of steps,
each made by one message; what a message did is left out when that message is handled again, so a
repeated turn ends as the first.
"""

import uuid
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button, Event
from bot.groups.service import all_hamlets
from bot.nlu.standing import Standing
from bot.procedures.replies import Reply
from bot.reports.models import Report, Status
from bot.reports.service import officer_speaks
from bot.triage.understanding import Category
from bot.wording import say


class Question(StrEnum):
    """In the order in which they are asked; also the names of the form's slots."""

    WHERE = "where"
    WHEN = "when"
    DANGER = "danger"
    PHOTOS = "photos"
    NAME = "name"


class Step(StrEnum):
    """How a question ended."""

    TOLD = "told"
    SKIPPED = "skipped"
    AGAIN = "again"  # the reporter wants to answer it anew


ANSWER = "answer:"
"""A button's payload: this, the report's code, the question, and one of the words below or a
hamlet's id, with ":" between."""
SKIP, ENOUGH, NOW, YES, NO, AGAIN = "skip", "enough", "now", "yes", "no", "again"

MAX_HAMLETS = 6
ENDANGERS = (Category.CRIME_INCIDENT, Category.DISPUTE, Category.OTHER_SECURITY)


def asked_of(report: Report) -> list[Question]:
    """What is worth asking about such a report."""
    if report.needs_review or not report.category.is_report:
        return []
    asked = [Question.WHERE]
    if report.urgent:  # whoever is in danger has no time for more
        return [*asked, Question.DANGER]
    asked.append(Question.WHEN)
    if report.category in ENDANGERS:
        asked.append(Question.DANGER)
    asked.append(Question.PHOTOS)
    if report.reporter_name and not report.anonymous:
        asked.append(Question.NAME)
    return asked


def pending(report: Report, besides: uuid.UUID | None = None) -> Question | None:
    """The question that waits for an answer; None while people talk, or when all are done.

    `besides`: as it was before this message did anything.
    """
    return next(iter(_waiting(report, besides)), None)


def _waiting(report: Report, besides: uuid.UUID | None = None) -> list[Question]:
    if report.status is Status.CLOSED or report.merged_into_id or officer_speaks(report):
        return []
    if report.conversation is None or report.conversation.stopped_at:
        return []
    ends = _ends(report, besides)
    again = [q for q in Question if ends.get(q) == Step.AGAIN]
    return [*again, *(q for q in asked_of(report) if q not in ends)]


def _ends(report: Report, besides: uuid.UUID | None = None) -> dict[str, str]:
    """How each question ended, by the last step about it."""
    return {s["question"]: s["how"] for s in report.answers if s["by"] != str(besides)}


def note(report: Report, question: Question, how: Step, inbound_id: uuid.UUID) -> None:
    """Remember, once, how a message ended a question."""
    step = {"question": question.value, "how": how.value, "by": str(inbound_id)}
    if step not in report.answers:
        report.answers = [*report.answers, step]


def note_told(report: Report, event: Event, inbound_id: uuid.UUID) -> None:
    """Remember what a message tells without being asked."""
    ended = _ends(report)
    told = {
        Question.WHERE: bool(report.place or event.location),
        Question.WHEN: report.happened_from is not None,
        Question.PHOTOS: bool(event.files),
    }
    for question, is_told in told.items():
        if is_told and question not in ended:
            note(report, question, Step.TOLD, inbound_id)


def skip_the_rest(report: Report, inbound_id: uuid.UUID) -> None:
    for question in _waiting(report):
        note(report, question, Step.SKIPPED, inbound_id)


def asked_again(report: Report, question: Question, besides: uuid.UUID) -> bool:
    return _ends(report, besides).get(question) == Step.AGAIN


def answered(report: Report, besides: uuid.UUID) -> Sequence[Question]:
    """The questions that have an answer, which may be put right."""
    ends = _ends(report, besides)
    return [q for q in Question if ends.get(q) in (Step.TOLD, Step.SKIPPED)]


def standing(reports: Sequence[Report], besides: uuid.UUID) -> Standing | None:
    """Where the form stood before this message, if a question waits for its answer. `reports`: the
    person's open ones."""
    report = next((r for r in reports if r.inbound_id != besides), None)
    question = pending(report, besides) if report else None
    return Standing(question, tuple(answered(report, besides))) if report and question else None


async def ask(session: AsyncSession, report: Report, question: Question) -> Reply:
    """The question with its choices."""
    if question is Question.WHERE:
        return await _ask_where(session, report)
    choices = {
        Question.WHEN: ((say("button_now"), NOW),),
        Question.DANGER: ((say("button_yes"), YES), (say("button_no"), NO)),
        Question.PHOTOS: ((say("button_no_photos"), SKIP),),
        Question.NAME: ((say("button_name_yes"), YES), (say("button_name_no"), NO)),
    }[question]
    words = say(f"ask_{question}")
    if question is Question.DANGER and report.urgent:
        words = say("ask_danger_urgent")
    buttons = [_button(report, label, question, value) for label, value in choices]
    return Reply(words, (*buttons, *_ways_out(report, question)))


async def ask_next(session: AsyncSession, report: Report) -> list[Reply]:
    """The next question, where there is one."""
    question = pending(report)
    return [await ask(session, report, question)] if question else []


def ask_what_to_change(report: Report, inbound_id: uuid.UUID) -> Reply:
    """Which answer to put right."""
    buttons = [
        _button(report, say(f"button_again_{q}"), q, AGAIN) for q in answered(report, inbound_id)
    ]
    return Reply(say("ask_again" if buttons else "ask_again_freely"), tuple(buttons))


async def _ask_where(session: AsyncSession, report: Report) -> Reply:
    again = _ends(report).get(Question.WHERE) == Step.AGAIN
    if report.hamlet is not None and not again:
        words = say("ask_where_in", hamlet=report.hamlet.name)
        return Reply(words, _ways_out(report, Question.WHERE))
    hamlets = await all_hamlets(session)
    few = hamlets if len(hamlets) <= MAX_HAMLETS else []
    buttons = [_button(report, h.name, Question.WHERE, str(h.id)) for h in few]
    return Reply(say("ask_where"), (*buttons, *_ways_out(report, Question.WHERE)))


def _ways_out(report: Report, question: Question) -> tuple[Button, ...]:
    enough = _button(report, say("button_enough"), question, ENOUGH)
    if question is Question.PHOTOS:
        return (enough,)
    return (_button(report, say("button_skip"), question, SKIP), enough)


def _button(report: Report, label: str, question: Question, value: str) -> Button:
    return Button(label, f"{ANSWER}{report.code}:{question}:{value}")


def read_answer(payload: str) -> tuple[str, Question, str] | None:
    """Code, question and value of a pressed button; None when it is none of these."""
    parts = payload.removeprefix(ANSWER).split(":")
    if not payload.startswith(ANSWER) or len(parts) != 3 or parts[1] not in list(Question):
        return None
    return parts[0], Question(parts[1]), parts[2]
