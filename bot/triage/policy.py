"""From what a message is to what the assistant does: one pure function.

The table of cases in tests/triage/test_policy.py is the specification; the limits of
docs/architecture.md, "What it never does", are rows of it. Clauses are those of Plan 61.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.channels.base import Capabilities, ChatKind
from bot.nlu.thresholds import PROCEDURE_CLOSE, PROCEDURE_GOOD, REVIEW_BELOW
from bot.triage.understanding import Candidate, Category, Understanding

__all__ = ["Answer", "Category", "Decision", "Kind", "Recipients", "decide"]


class Kind(StrEnum):
    IGNORE = "ignore"  # nothing is said in a group, nothing is kept
    ANSWER = "answer"  # a question, or a request to the assistant
    REDIRECT = "redirect"  # out of the group, into the private channel (P-4.2, Lưu ý)
    ACKNOWLEDGE = "acknowledge"  # a report that may stay where it is
    REVIEW = "review"  # a person has a look; the group hears nothing


class Recipients(StrEnum):
    """Who is told of a new report."""

    NOBODY = "nobody"
    LEADER = "leader"
    LEADER_AND_MANAGERS = "leader_and_managers"
    MANAGERS = "managers"


class Answer(StrEnum):
    """How sure the answer to a procedure question is."""

    NONE = "none"
    CHOICE = "choice"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Decision:
    kind: Kind
    makes_report: bool = False
    tell: Recipients = Recipients.NOBODY
    delete: bool = False  # take the message out of the group
    ask_recall: bool = False  # ask the sender to take it back
    hotline: bool = False  # say at once whom to call
    say_in_group: bool = False  # a word in the group; for a redirect it names nothing
    answer: Answer = Answer.NONE
    procedures: tuple[str, ...] = ()


MAYBE_A_REPORT = 0.3
"""So likely must a report be, for a message that reads as talk to be looked at by a person."""

CONDUCT_SENSITIVE_FROM = 0.2
"""A complaint about the police left in the group costs its writer more than praise moved out."""


def decide(
    u: Understanding, chat: ChatKind, can: Capabilities, addressed: bool = False
) -> Decision:
    """What to do about a message in a chat of this kind with these abilities.

    `addressed`: the sender turned to the assistant (a mention, a command, a reply to it).
    """
    if u.category is Category.SMALL_TALK and not (u.urgent and _undecided(u)):
        return _review() if _undecided(u) else Decision(Kind.IGNORE)
    if u.category.is_report or u.category is Category.SMALL_TALK:
        return _report(u, chat, can)
    if u.category is Category.PROCEDURE_QUESTION:
        return _question(u, chat, can, addressed)
    return _request(u, chat, addressed)


def _undecided(u: Understanding) -> bool:
    """Between a report and talk, the more likely side is not likely enough.

    A report taken for talk is lost, talk taken for a report is a line too many: so talk must be
    surer of itself.
    """
    if u.talk >= u.report:
        return u.report >= MAYBE_A_REPORT
    return u.report < REVIEW_BELOW and u.talk >= MAYBE_A_REPORT


def _review() -> Decision:
    return Decision(Kind.REVIEW, makes_report=True)


def _report(u: Understanding, chat: ChatKind, can: Capabilities) -> Decision:
    if _undecided(u) and not u.urgent:
        return _review()
    tell = _recipients(u)
    if chat is ChatKind.GROUP and _not_for_all(u):
        return Decision(
            Kind.REDIRECT,
            makes_report=True,
            tell=tell,
            delete=can.deletes_messages,
            ask_recall=not can.deletes_messages,
            hotline=u.urgent,
            say_in_group=True,
        )
    # Praise for the police needs no answer before everybody; other public reports get a short one.
    in_group = chat is ChatKind.GROUP and u.category is not Category.POLICE_CONDUCT
    return Decision(
        Kind.ACKNOWLEDGE, makes_report=True, tell=tell, hotline=u.urgent, say_in_group=in_group
    )


def _not_for_all(u: Understanding) -> bool:
    conduct = u.category is Category.POLICE_CONDUCT
    return u.sensitive or (conduct and u.sensitivity >= CONDUCT_SENSITIVE_FROM)


def _recipients(u: Understanding) -> Recipients:
    if u.filed_as is Category.POLICE_CONDUCT:
        return Recipients.MANAGERS  # never to the leader it may be about (P-5.2 a)
    return Recipients.LEADER_AND_MANAGERS if u.urgent else Recipients.LEADER


def _question(u: Understanding, chat: ChatKind, can: Capabilities, addressed: bool) -> Decision:
    answer, procedures = _choose(u.candidates)
    if chat is ChatKind.GROUP and u.sensitive:
        # Personal data in a question: the answer goes the private way, and no report is made.
        return Decision(
            Kind.REDIRECT,
            delete=can.deletes_messages,
            ask_recall=not can.deletes_messages,
            say_in_group=True,
            answer=answer,
            procedures=procedures,
        )
    if chat is ChatKind.GROUP and u.confidence < REVIEW_BELOW and not addressed:
        return Decision(Kind.IGNORE)  # an answer nobody asked for is chatter
    return Decision(
        Kind.ANSWER, say_in_group=chat is ChatKind.GROUP, answer=answer, procedures=procedures
    )


def _choose(candidates: tuple[Candidate, ...]) -> tuple[Answer, tuple[str, ...]]:
    good = [c for c in candidates if c.score >= PROCEDURE_GOOD]
    if not good:
        return Answer.NONE, ()
    close = [c.id for c in good if good[0].score - c.score < PROCEDURE_CLOSE]
    return (Answer.FOUND, (good[0].id,)) if len(close) == 1 else (Answer.CHOICE, tuple(close[:3]))


def _request(u: Understanding, chat: ChatKind, addressed: bool) -> Decision:
    if chat is ChatKind.GROUP and u.confidence < REVIEW_BELOW and not addressed:
        return Decision(Kind.IGNORE)
    return Decision(Kind.ANSWER, say_in_group=chat is ChatKind.GROUP)
