"""The table of cases: what the assistant does about a message. This is the specification."""

from dataclasses import replace

import pytest

from bot.channels.base import Capabilities, ChatKind
from bot.nlu.thresholds import REVIEW_BELOW
from bot.triage.policy import (
    CONDUCT_FROM,
    CONDUCT_SENSITIVE_FROM,
    DENUNCIATION,
    MAYBE_A_REPORT,
    PROCEDURE_CLOSE,
    PROCEDURE_GOOD,
    Answer,
    Decision,
    Kind,
    Recipients,
    decide,
)
from bot.triage.understanding import REPORTS, Candidate, Category, Understanding

TELEGRAM = Capabilities(
    reads_all_messages=True, deletes_messages=True, buttons=True, start_payload=True
)
ZALO = Capabilities(max_text=2000)
GROUP, PRIVATE = ChatKind.GROUP, ChatKind.PRIVATE

LEADER, BOTH, MANAGERS = (
    Recipients.LEADER,
    Recipients.LEADER_AND_MANAGERS,
    Recipients.MANAGERS,
)


def sure(category: Category, *, sensitive: bool = False, urgent: bool = False) -> Understanding:
    return Understanding(
        category,
        0.95,
        conduct=0.95 if category is CONDUCT else 0.01,
        sensitivity=0.9 if sensitive else 0.0,
        talk=0.95 if category is Category.SMALL_TALK else 0.02,
        report=0.95 if category.is_report else 0.02,
        sensitive=sensitive,
        urgent=urgent,
    )


def torn(category: Category, *, urgent: bool = False) -> Understanding:
    """Neither clearly talk nor clearly a report."""
    return Understanding(
        category,
        0.45,
        talk=0.45 if category is Category.SMALL_TALK else 0.42,
        report=0.42 if category is Category.SMALL_TALK else 0.45,
        likeliest_report=Category.CRIME_INCIDENT,
        urgent=urgent,
    )


CRIME, ORDER, DISPUTE = Category.CRIME_INCIDENT, Category.SECURITY_ORDER, Category.DISPUTE
CONDUCT, OTHER, TALK = Category.POLICE_CONDUCT, Category.OTHER_SECURITY, Category.SMALL_TALK
REQUEST, QUESTION = Category.BOT_REQUEST, Category.PROCEDURE_QUESTION

IGNORED = Decision(Kind.IGNORE)


def redirected(tell: Recipients, *, deletes: bool, hotline: bool = False) -> Decision:
    return Decision(
        Kind.REDIRECT,
        makes_report=True,
        managers_only=tell is MANAGERS,
        tell=tell,
        delete=deletes,
        ask_recall=not deletes,
        hotline=hotline,
        say_in_group=True,
    )


def taken(tell: Recipients, *, said: bool, hotline: bool = False) -> Decision:
    return Decision(
        Kind.ACKNOWLEDGE,
        makes_report=True,
        managers_only=tell is MANAGERS,
        tell=tell,
        hotline=hotline,
        say_in_group=said,
    )


REVIEWED = Decision(Kind.REVIEW, makes_report=True)

CASES = {
    # In a group
    "talk in a group is not answered and not kept": (sure(TALK), GROUP, TELEGRAM, IGNORED),
    "an opinion on policy, belief or officials is talk, however sharp": (
        sure(TALK, sensitive=True),
        GROUP,
        TELEGRAM,
        IGNORED,
    ),
    "talk that sounds urgent but is clearly talk stays talk": (
        sure(TALK, urgent=True),
        GROUP,
        TELEGRAM,
        IGNORED,
    ),
    "an accusation leaves the group, and the leader is told": (
        sure(CRIME, sensitive=True),
        GROUP,
        TELEGRAM,
        redirected(LEADER, deletes=True),
    ),
    "where nobody's message can be deleted its sender is asked": (
        sure(CRIME, sensitive=True),
        GROUP,
        ZALO,
        redirected(LEADER, deletes=False),
    ),
    "a family quarrel leaves the group": (
        sure(DISPUTE, sensitive=True),
        GROUP,
        TELEGRAM,
        redirected(LEADER, deletes=True),
    ),
    "violence going on leaves the group, with the hotline and the managers told": (
        sure(CRIME, sensitive=True, urgent=True),
        GROUP,
        TELEGRAM,
        redirected(BOTH, deletes=True, hotline=True),
    ),
    "a fire is answered before everybody, with the hotline": (
        sure(CRIME, urgent=True),
        GROUP,
        TELEGRAM,
        taken(BOTH, said=True, hotline=True),
    ),
    "a flood is answered before everybody": (
        sure(OTHER, urgent=True),
        GROUP,
        ZALO,
        taken(BOTH, said=True, hotline=True),
    ),
    "a fallen tree is noted in a line": (sure(OTHER), GROUP, TELEGRAM, taken(LEADER, said=True)),
    "noise at night is noted in a line": (sure(ORDER), GROUP, TELEGRAM, taken(LEADER, said=True)),
    "a complaint about the police goes to the managers, never to the leader": (
        sure(CONDUCT, sensitive=True),
        GROUP,
        TELEGRAM,
        redirected(MANAGERS, deletes=True),
    ),
    "an urgent complaint about the police too": (
        sure(CONDUCT, sensitive=True, urgent=True),
        GROUP,
        TELEGRAM,
        redirected(MANAGERS, deletes=True, hotline=True),
    ),
    "a complaint that only may be one leaves the group too": (
        replace(sure(CONDUCT), sensitivity=CONDUCT_SENSITIVE_FROM),
        GROUP,
        TELEGRAM,
        redirected(MANAGERS, deletes=True),
    ),
    "praise for the police needs no answer": (
        sure(CONDUCT),
        GROUP,
        TELEGRAM,
        taken(MANAGERS, said=False),
    ),
    "between report and talk a person decides and the group hears nothing": (
        torn(CRIME),
        GROUP,
        TELEGRAM,
        REVIEWED,
    ),
    "between talk and report too": (torn(TALK), GROUP, TELEGRAM, REVIEWED),
    "talk that may well be a report is looked at by a person": (
        Understanding(TALK, 0.49, talk=0.49, report=MAYBE_A_REPORT),
        GROUP,
        TELEGRAM,
        REVIEWED,
    ),
    "talk that is likelier than not is left alone": (
        Understanding(TALK, REVIEW_BELOW, talk=REVIEW_BELOW, report=MAYBE_A_REPORT),
        GROUP,
        TELEGRAM,
        IGNORED,
    ),
    "an accusation that is likelier than not is acted upon": (
        Understanding(CRIME, 0.55, talk=0.4, report=0.55, sensitive=True),
        GROUP,
        TELEGRAM,
        redirected(LEADER, deletes=True),
    ),
    "a report of whose kind it is unsure is passed on without a word in the group": (
        Understanding(ORDER, 0.55, talk=0.1, report=0.8),
        GROUP,
        TELEGRAM,
        taken(LEADER, said=False),
    ),
    "one of whose kind it has hardly an idea is looked at by a person": (
        Understanding(ORDER, 0.36, talk=0.2, report=0.8),
        GROUP,
        TELEGRAM,
        REVIEWED,
    ),
    "an alarm that may be talk is no joke until it is sure to be one": (
        Understanding(TALK, 0.5, talk=0.5, report=0.2, likeliest_report=CRIME, urgent=True),
        GROUP,
        TELEGRAM,
        taken(BOTH, said=True, hotline=True),
    ),
    "words of danger in private are an alarm, however much it reads as talk": (
        replace(sure(TALK, urgent=True), danger=True, likeliest_report=OTHER),
        PRIVATE,
        TELEGRAM,
        taken(BOTH, said=False, hotline=True),
    ),
    "in a group they are, unless it is surely news of elsewhere": (
        replace(sure(TALK, urgent=True), danger=True, likeliest_report=OTHER, talk=0.8),
        GROUP,
        TELEGRAM,
        taken(BOTH, said=True, hotline=True),
    ),
    "news of a fire elsewhere is talk": (
        replace(sure(TALK, urgent=True), danger=True, likeliest_report=OTHER),
        GROUP,
        TELEGRAM,
        IGNORED,
    ),
    "a life in danger is no question on a procedure": (
        replace(sure(QUESTION, urgent=True), likeliest_report=OTHER),
        PRIVATE,
        TELEGRAM,
        taken(BOTH, said=False, hotline=True),
    ),
    "what may be a complaint about the police goes past the leader": (
        replace(sure(CRIME), conduct=CONDUCT_FROM, sensitivity=CONDUCT_SENSITIVE_FROM),
        PRIVATE,
        TELEGRAM,
        taken(MANAGERS, said=False),
    ),
    "but not when somebody may be dying": (
        replace(sure(CRIME, urgent=True), conduct=CONDUCT_FROM, sensitivity=CONDUCT_SENSITIVE_FROM),
        PRIVATE,
        TELEGRAM,
        taken(BOTH, said=False, hotline=True),
    ),
    "unless it surely is about the police": (
        replace(sure(CRIME, sensitive=True, urgent=True), conduct=1.0),
        PRIVATE,
        TELEGRAM,
        taken(MANAGERS, said=False, hotline=True),
    ),
    "asking how to denounce an officer is the managers' too, if it becomes a report": (
        replace(sure(ORDER), candidates=(Candidate(DENUNCIATION, 0.9),)),
        PRIVATE,
        TELEGRAM,
        taken(MANAGERS, said=False),
    ),
    "a question in a report is answered beside it": (
        replace(sure(CRIME), topic="id_card", candidates=(Candidate("p1", 0.9),)),
        PRIVATE,
        TELEGRAM,
        replace(taken(LEADER, said=False), answer=Answer.FOUND, procedures=("p1",)),
    ),
    "a report that asks nothing is not told about procedures": (
        replace(sure(CRIME), candidates=(Candidate("p1", 0.9),)),
        PRIVATE,
        TELEGRAM,
        taken(LEADER, said=False),
    ),
    "in danger nobody is told about papers": (
        replace(sure(CRIME, urgent=True), topic="id_card", candidates=(Candidate("p1", 0.9),)),
        PRIVATE,
        TELEGRAM,
        taken(BOTH, said=False, hotline=True),
    ),
    "unsure but urgent is not left to a review": (
        torn(CRIME, urgent=True),
        GROUP,
        TELEGRAM,
        taken(BOTH, said=True, hotline=True),
    ),
    "a request to the assistant is answered": (
        sure(REQUEST),
        GROUP,
        TELEGRAM,
        Decision(Kind.ANSWER, say_in_group=True),
    ),
    # In private
    "a report in private is taken": (
        sure(CRIME, sensitive=True),
        PRIVATE,
        ZALO,
        taken(LEADER, said=False),
    ),
    "an urgent report in private gives the hotline first": (
        sure(CRIME, urgent=True),
        PRIVATE,
        ZALO,
        taken(BOTH, said=False, hotline=True),
    ),
    "a complaint in private goes to the managers": (
        sure(CONDUCT, sensitive=True),
        PRIVATE,
        TELEGRAM,
        taken(MANAGERS, said=False),
    ),
    "as likely a report as a question": (
        replace(sure(QUESTION), confidence=0.55, report=0.43, likeliest_report=CRIME),
        PRIVATE,
        ZALO,
        taken(LEADER, said=False),
    ),
    "as likely an opinion of officials as a complaint, in the group": (
        torn(CONDUCT),
        GROUP,
        TELEGRAM,
        IGNORED,
    ),
    "as likely an opinion as a complaint, in private": (torn(CONDUCT), PRIVATE, ZALO, IGNORED),
    "as likely an opinion, but sensitive": (
        replace(torn(CONDUCT), sensitive=True),
        GROUP,
        TELEGRAM,
        Decision(Kind.REVIEW, makes_report=True, managers_only=True),
    ),
    "unsure in private is looked at by a person": (torn(DISPUTE), PRIVATE, TELEGRAM, REVIEWED),
    "talk in private makes no report": (sure(TALK), PRIVATE, TELEGRAM, IGNORED),
}


@pytest.mark.parametrize(("message", "chat", "can", "expected"), CASES.values(), ids=CASES)
def test_the_table_of_cases(
    message: Understanding, chat: ChatKind, can: Capabilities, expected: Decision
) -> None:
    assert decide(message, chat, can) == expected


def question(*scores: float, sensitive: bool = False) -> Understanding:
    candidates = tuple(Candidate(f"p{n}", score) for n, score in enumerate(scores, 1))
    return replace(sure(QUESTION, sensitive=sensitive), candidates=candidates)


CLOSE = PROCEDURE_CLOSE / 2
FAR = PROCEDURE_CLOSE * 1.01
TOP = min(1.0, PROCEDURE_GOOD + FAR + 0.01)

QUESTIONS = {
    "one good candidate is the answer": (question(TOP, 0.1), Answer.FOUND, ("p1",)),
    "a second one far behind changes nothing": (question(TOP, TOP - FAR), Answer.FOUND, ("p1",)),
    "two close ones are asked about": (question(TOP, TOP - CLOSE), Answer.CHOICE, ("p1", "p2")),
    "none good is admitted": (question(PROCEDURE_GOOD - 0.01), Answer.NONE, ()),
    "none at all is admitted": (question(), Answer.NONE, ()),
}


@pytest.mark.parametrize("chat", [GROUP, PRIVATE])
@pytest.mark.parametrize(("message", "answer", "procedures"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_is_answered_as_far_as_it_can_be(
    message: Understanding, answer: Answer, procedures: tuple[str, ...], chat: ChatKind
) -> None:
    assert decide(message, chat, TELEGRAM) == Decision(
        Kind.ANSWER, say_in_group=chat is GROUP, answer=answer, procedures=procedures
    )


def test_a_question_with_personal_data_leaves_the_group_without_becoming_a_report() -> None:
    decision = decide(question(TOP, sensitive=True), GROUP, TELEGRAM)
    assert decision.kind is Kind.REDIRECT
    assert decision.delete
    assert not decision.makes_report
    assert decision.tell is Recipients.NOBODY


@pytest.mark.parametrize("category", [QUESTION, REQUEST])
def test_a_vague_question_in_a_group_is_answered_only_when_the_assistant_was_addressed(
    category: Category,
) -> None:
    vague = replace(sure(category), confidence=REVIEW_BELOW - 0.01)
    assert decide(vague, GROUP, TELEGRAM).kind is Kind.IGNORE
    assert decide(vague, GROUP, TELEGRAM, addressed=True).kind is Kind.ANSWER


@pytest.mark.parametrize("category", sorted(REPORTS))
@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("can", [TELEGRAM, ZALO])
def test_nothing_sensitive_stays_in_a_group_and_somebody_always_hears_of_it(
    category: Category, urgent: bool, can: Capabilities
) -> None:
    decision = decide(sure(category, sensitive=True, urgent=urgent), GROUP, can)
    assert decision.kind is Kind.REDIRECT
    assert decision.makes_report
    assert decision.delete is not decision.ask_recall
    assert decision.tell is not Recipients.NOBODY


@pytest.mark.parametrize("sensitive", [True, False])
@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("chat", [GROUP, PRIVATE])
def test_no_leader_is_ever_told_of_a_message_about_the_police(
    sensitive: bool, urgent: bool, chat: ChatKind
) -> None:
    message = sure(CONDUCT, sensitive=sensitive, urgent=urgent)
    assert decide(message, chat, TELEGRAM).tell is MANAGERS
