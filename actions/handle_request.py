"""Requests to the assistant: the state of a report, an officer, what it can do."""

import re

from actions.take_report import add, matter_of, take
from actions.turn import PrivateAction, Turn, context
from bot.channels.base import Capabilities, ChatKind
from bot.groups.station import number_to_call
from bot.nlu.text import strip_diacritics
from bot.procedures.replies import Reply
from bot.reports.calls import call
from bot.reports.codes import find_code
from bot.reports.service import (
    add_from_reporter,
    officer_speaks,
    open_report,
    own_report,
    reports_of,
)
from bot.reports.state_notices import state_line
from bot.triage.policy import complains, decide
from bot.triage.understanding import Category
from bot.wording import say

MAX_LISTED = 3

_OFFICER = re.compile(
    r"\b(gap|noi chuyen|nhan|lien he|goi|xin|can|cho)\b.{0,30}"
    r"\b(can bo|cong an|nguoi that|truc ban)\b"
)
_STATE = re.compile(
    r"\b(toi dau|den dau|sao roi|the nao roi|ket qua|xu ly (chua|xong)|ai (doc|xem)|chua tra loi)\b"
)


LONGEST_REQUEST = 12
"""Words of a request; a story in which an officer is called is longer."""


def is_request(text: str) -> bool:
    """Whether the words themselves ask for a report's state or for an officer, whatever the model
    makes of them."""
    return asks_state(text) or (_is_short(text) and bool(_OFFICER.search(_plain(text))))


def asks_state(text: str) -> bool:
    """ "toi dau roi cb oi", or a code."""
    return _is_short(text) and bool(find_code(text) or _STATE.search(_plain(text)))


def _is_short(text: str) -> bool:
    return len(text.split()) <= LONGEST_REQUEST


def _plain(text: str) -> str:
    return strip_diacritics(text).lower()


async def answer_request(turn: Turn) -> list[Reply] | None:
    """A report's state, or an officer called; None where neither is asked for."""
    plain = _plain(turn.event.text)
    if code := find_code(turn.event.text):
        return [await _state_of(turn, code)]
    if _STATE.search(plain):
        return [await _states(turn)]
    return [await call_officer(turn)] if _OFFICER.search(plain) else None


_WISHES_TO_TELL = re.compile(
    r"\b(muon|can|xin|cho|dinh|phai)\b.{0,12}\b(bao|to giac|trinh bao|phan anh|ke|khai bao)\b"
    r"|\bcho (em|toi|tui|chau|con|minh) hoi\b"
)


class HandleRequest(PrivateAction):
    action_name = "action_handle_request"

    async def answer(self, turn: Turn) -> list[Reply]:
        decision = decide(turn.understanding, ChatKind.PRIVATE, Capabilities())
        if decision.makes_report and (turn.understanding.danger or not asks_state(turn.event.text)):
            return await take(turn, decision)  # somebody cries for help
        code = find_code(turn.event.text)
        report = matter_of(turn)
        between_people = report is not None and officer_speaks(report)
        calls = _OFFICER.search(_plain(turn.event.text))
        if report and between_people and code in (None, report.code) and not calls:
            return await add(turn, report)  # it is the officer who is asked
        if (replies := await answer_request(turn)) is not None:
            return replies
        if report:
            return await add(turn, report)
        if _WISHES_TO_TELL.search(_plain(turn.event.text)):
            return [Reply(say("tell_me"))]
        number = await number_to_call(turn.session, turn.hamlet_id)
        return [Reply(say("help", phone=f" hoặc gọi {number}" if number else ""))]


class CallOfficer(PrivateAction):
    """The button under an answer that was none."""

    action_name = "action_call_officer"

    async def answer(self, turn: Turn) -> list[Reply]:
        return [await call_officer(turn)]


async def call_officer(turn: Turn) -> Reply:
    """Put the person in the officers' queue, once, and say what happens next."""
    session = turn.session
    report = matter_of(turn) if turn.in_words else next(iter(turn.reports), None)
    if report is None:
        report = await open_report(
            session,
            turn.event,
            turn.inbound_id,
            category=Category.BOT_REQUEST,
            confidence=1.0,
            sensitive=True,
            urgent=False,
            managers_only=turn.in_words and complains(turn.understanding),
            read_by_model=False,
            hamlet_id=turn.hamlet_id,
            conversation=turn.conversation,
            text=turn.event.text if turn.in_words else say("button_officer"),
        )
        turn.opened.append(report)
    elif turn.in_words:
        details = turn.understanding.details
        await add_from_reporter(session, report, turn.event, turn.inbound_id, details)
    console, channel = context().console, turn.event.channel
    return Reply(await call(session, report, turn.inbound_id, console, channel=channel))


async def _state_of(turn: Turn, code: str) -> Reply:
    """Only to the person who sent it: another's code is an unknown one."""
    report = await own_report(turn.session, turn.conversation.id, code)
    if report is None:
        return Reply(say("status_unknown_code", code=code))
    return Reply(await state_line(turn.session, report))


async def _states(turn: Turn) -> Reply:
    own = list(await reports_of(turn.session, turn.conversation.id))[:MAX_LISTED]
    return Reply("\n".join([await state_line(turn.session, r) for r in own]) or say("status_none"))
