"""From what a message is to what the assistant does: one pure function.

The table of cases in tests/triage/test_policy.py is the specification; the limits of
docs/architecture.md, "What it never does", are rows of it. Clauses are those of Plan 61.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.channels.base import Capabilities, ChatKind
from bot.nlu.thresholds import REVIEW_BELOW
from bot.triage.understanding import Candidate, Category, Understanding


class Kind(StrEnum):
    IGNORE = "ignore"  # nothing is said in a group, nothing is kept
    ANSWER = "answer"  # a question, or a request to the assistant
    REDIRECT = "redirect"  # out of the group, into the private channel (P-4.2, Lưu ý)
    ACKNOWLEDGE = "acknowledge"  # a report that may stay where it is
    REVIEW = "review"  # a person has a look; the group hears nothing


class Recipients(StrEnum):
    """Who is told of a report."""

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
    managers_only: bool = False  # no leader may see that the report exists (P-5.2 a)
    tell: Recipients = Recipients.NOBODY
    delete: bool = False  # take the message out of the group
    ask_recall: bool = False  # ask the sender to take it back
    hotline: bool = False  # say at once whom to call
    say_in_group: bool = False  # a word in the group; for a redirect it names nothing
    answer: Answer = Answer.NONE  # beside a report: given in private only
    procedures: tuple[str, ...] = ()


PROCEDURE_GOOD = 0.35
"""Below this score no procedure answers the question: say so and offer an officer."""

PROCEDURE_CLOSE = 0.2
"""Two procedures whose scores differ by less are both possible: ask which one is meant.

Of the held-out questions answered without asking, 0.89 get the right procedure (benchmarks/).
"""

SURE_TALK = 0.6
"""From here on an alarm in what reads as talk is taken for a joke or for news."""

NEWS_FROM = 0.85
"""From here on even words of danger in a group are taken for news."""

SAY_FROM = 0.6
"""So sure of the category must the assistant be to say in a group that it passed a report on."""

MAYBE_A_REPORT = 0.4
"""So likely must a report be, for a message that reads as talk to be looked at by a person, and
for one that reads as a question to be one: "biển số 60B1-234.56 bị giật rồi"."""

DENUNCIATION = "complaint_denunciation"
"""The procedure of complaining of an officer formally."""

CONDUCT_FROM = 0.2
"""So likely must it be that a message complains of the police, to keep it from the leaders."""

SURELY_CONDUCT = 0.9
"""From here on it passes the leader by even when it cannot wait; the managers act."""

CONDUCT_SENSITIVE_FROM = 0.2
"""So sensitive is it then at least, where it complains rather than thanks."""


def decide(
    u: Understanding, chat: ChatKind, can: Capabilities, addressed: bool = False
) -> Decision:
    """What to do about a message in a chat of this kind with these abilities.

    `addressed`: the sender turned to the assistant (a mention, a command, a reply to it).
    """
    if _alarming(u, chat):
        return _report(u, chat, can)
    if _opinion(u):
        return Decision(Kind.IGNORE)
    if u.category.is_report or (u.asks_for_something and u.report >= MAYBE_A_REPORT):
        return _report(u, chat, can)
    if u.category is Category.SMALL_TALK:
        return _review(u) if _undecided(u) else Decision(Kind.IGNORE)
    if u.category is Category.PROCEDURE_QUESTION:
        return _question(u, chat, can, addressed)
    return _request(u, chat, addressed)


def _alarming(u: Understanding, chat: ChatKind) -> bool:
    """Somebody may be in danger, though it does not read as a report. News of a fire elsewhere,
    passed on in a group, is talk; who writes words of danger in private is asked no more."""
    if u.danger and (chat is ChatKind.PRIVATE or u.talk < NEWS_FROM):
        return True
    return u.urgent and u.talk < SURE_TALK


def _opinion(u: Understanding) -> bool:
    """What may as well be said about officials as against one of the police, and names nothing
    that must be kept from others: the doubt is in favour of free speech."""
    return u.category is Category.POLICE_CONDUCT and not u.sensitive and u.talk >= MAYBE_A_REPORT


def _undecided(u: Understanding) -> bool:
    """Between a report and talk, the more likely side is not likely enough.

    A report taken for talk is lost, talk taken for a report is a line too many: so talk must be
    surer of itself. What is talk more likely than not is left alone, or opinions would be kept.
    """
    if u.talk >= u.report:
        return u.report >= MAYBE_A_REPORT and u.talk < REVIEW_BELOW
    return u.report < REVIEW_BELOW and u.talk >= MAYBE_A_REPORT


def complains(u: Understanding) -> bool:
    """Whether a message may complain of the police; thanks and praise are not sensitive.

    A doubtful one that cannot wait is left to the leader too: somebody may be dying.
    """
    doubtful = u.conduct < SURELY_CONDUCT
    asks_how = bool(u.candidates) and u.candidates[0].id == DENUNCIATION
    critical = u.conduct >= CONDUCT_FROM and u.sensitivity >= CONDUCT_SENSITIVE_FROM
    return (critical or asks_how) and not (u.urgent and doubtful)


def managers_only(u: Understanding) -> bool:
    """Whether the report of this message is kept from the leaders."""
    return u.filed_as is Category.POLICE_CONDUCT or complains(u)


def who_is_told(*, only_managers: bool, urgent: bool) -> Recipients:
    """Who hears of a report, now and whenever something happens to it."""
    if only_managers:
        return Recipients.MANAGERS
    return Recipients.LEADER_AND_MANAGERS if urgent else Recipients.LEADER


def _review(u: Understanding) -> Decision:
    return Decision(Kind.REVIEW, makes_report=True, managers_only=managers_only(u))


def _report(u: Understanding, chat: ChatKind, can: Capabilities) -> Decision:
    if not u.urgent and (_undecided(u) or (u.confidence < REVIEW_BELOW and not u.sensitive)):
        return _review(u)
    hidden = managers_only(u)
    tell = who_is_told(only_managers=hidden, urgent=u.urgent)
    answer, procedures = _asked_beside(u)
    if chat is ChatKind.GROUP and (u.sensitive or complains(u)):
        return Decision(
            Kind.REDIRECT,
            makes_report=True,
            managers_only=hidden,
            tell=tell,
            answer=answer,
            procedures=procedures,
            delete=can.deletes_messages,
            ask_recall=not can.deletes_messages,
            hotline=u.urgent,
            say_in_group=True,
        )
    return Decision(
        Kind.ACKNOWLEDGE,
        makes_report=True,
        managers_only=hidden,
        tell=tell,
        answer=answer,
        procedures=procedures,
        hotline=u.urgent,
        # Praise for the police needs no answer before everybody.
        say_in_group=chat is ChatKind.GROUP
        and not hidden
        and (u.urgent or u.confidence >= SAY_FROM),
    )


def _asked_beside(u: Understanding) -> tuple[Answer, tuple[str, ...]]:
    """What a report also asks. Who is in danger is not told about papers, nor is whoever may have
    asked nothing at all."""
    if u.urgent or not u.asks or not u.category.is_report:
        return Answer.NONE, ()
    return choose(u.candidates)


def _question(u: Understanding, chat: ChatKind, can: Capabilities, addressed: bool) -> Decision:
    answer, procedures = choose(u.candidates)
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


def choose(candidates: tuple[Candidate, ...]) -> tuple[Answer, tuple[str, ...]]:
    """Whether one of the candidates, best first, is the answer, or which of them may be."""
    good = [c for c in candidates if c.score >= PROCEDURE_GOOD]
    if not good:
        return Answer.NONE, ()
    close = [c.id for c in good if good[0].score - c.score < PROCEDURE_CLOSE]
    return (Answer.FOUND, (good[0].id,)) if len(close) == 1 else (Answer.CHOICE, tuple(close[:3]))


def _request(u: Understanding, chat: ChatKind, addressed: bool) -> Decision:
    if chat is ChatKind.GROUP and u.confidence < REVIEW_BELOW and not addressed:
        return Decision(Kind.IGNORE)
    return Decision(Kind.ANSWER, say_in_group=chat is ChatKind.GROUP)
