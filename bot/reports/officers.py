"""What officers do to a report. Every change appends its event in the same transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.db import now
from bot.groups.models import Officer, Role
from bot.messages.outbox import post
from bot.reports.errors import NotAllowed
from bot.reports.learning import Reading, first_reading, take_word, word_on
from bot.reports.merging import must_lead, open_following, take_along
from bot.reports.models import Correction, EventType, Report, ReportEvent
from bot.reports.outcomes import NOT_A_REPORT, OUTCOMES
from bot.reports.service import TALKING, append
from bot.reports.state_notices import tell_state
from bot.reports.workflow import Move, make, may, may_accept, must
from bot.triage.understanding import Category
from bot.wording import say

MAX_REPLY = 3000
"""Characters an officer may send at once."""


async def acknowledge(session: AsyncSession, report: Report, officer: Officer) -> None:
    """The officer has seen the report and answers for it. Raises: NotAllowed."""
    must(report, Move.ACCEPT)
    await must_lead(session, report)
    if report.officer and not may_accept(report, officer):
        raise NotAllowed(f"Phản ánh này đã giao cho đồng chí {report.officer.name}.")
    make(report, Move.ACCEPT)
    report.officer = officer
    report.needs_review = False
    event = await append(session, report, EventType.ACKNOWLEDGED, officer)
    await tell_state(session, report, event)
    await take_along(session, report)


async def reply(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    text: str,
    *,
    with_file: bool = False,
    waits: bool = False,
) -> None:
    """Write to the reporter through the assistant; a file needs no words. Raises: NotAllowed.

    `waits`: the report waits for what the words ask of him, and he is told so.
    """
    text = text.strip()
    move = Move.WAIT if waits else Move.REPLY
    if waits and not text:
        raise NotAllowed("Hãy ghi điều cần người báo trả lời.")
    if not (text or with_file):
        raise NotAllowed("Chưa có nội dung trả lời.")
    if len(text) > MAX_REPLY:
        raise NotAllowed(f"Câu trả lời dài quá {MAX_REPLY} ký tự.")
    must(report, move)
    if report.conversation is None:
        raise NotAllowed("Người báo chưa mở kênh riêng nên chưa nhắn trực tiếp được.")
    make(report, move)
    report.needs_review = False  # a person has looked
    report.officer = report.officer or officer
    report.quiet_until = now() + TALKING
    event = await append(session, report, EventType.TO_REPORTER, officer, text=text)
    if text:
        phrase = "officer_asks" if waits else "officer_says"
        words = say(phrase, name=officer.name, code=report.code, text=text)
        await _tell_reporter(session, report, event, words)
    if waits:
        await append(session, report, EventType.WAITING, officer)
    await take_along(session, report)


async def stop_waiting(session: AsyncSession, report: Report, officer: Officer) -> None:
    """Go on without the reporter's answer. Raises: NotAllowed."""
    make(report, Move.RESUME)
    await append(session, report, EventType.RESUMED, officer)


async def correct(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    category: Category,
    *,
    sensitive: bool | None = None,
    urgent: bool | None = None,
    for_leader: bool = False,
) -> None:
    """Correct how the assistant read a report, or confirm it. Raises: NotAllowed.

    A flag that is None was left as it is. `for_leader`: a manager lets the hamlet's leader read
    what was for the managers only.
    """
    if not category.is_report:
        raise NotAllowed("Loại này không phải là phản ánh.")
    earlier = await word_on(session, report)
    await _file_as(session, report, officer, category, for_leader, confirms=earlier is None)
    if sensitive not in (None, report.sensitive):
        report.sensitive = bool(sensitive)
        await append(
            session, report, EventType.SENSITIVE_CHANGED, officer, data={"to": report.sensitive}
        )
    if urgent not in (None, report.urgent):
        report.urgent = bool(urgent)
        await append(session, report, EventType.URGENT_CHANGED, officer, data={"to": report.urgent})
    await take_word(session, report, _word(report, earlier, sensitive, urgent))


async def _file_as(
    session: AsyncSession,
    report: Report,
    officer: Officer,
    category: Category,
    for_leader: bool,
    *,
    confirms: bool,
) -> None:
    """Set the category, and who reads the report from now on."""
    before = report.category, report.managers_only, report.needs_review
    report.needs_review = False  # a person has looked
    conduct = category is Category.POLICE_CONDUCT
    if conduct or (for_leader and officer.role is Role.MANAGER):
        report.managers_only = conduct
    if report.managers_only and report.officer and report.officer.role is Role.LEADER:
        report.officer = None  # he can no longer open it
        if may(report, Move.TRANSFER_MANAGERS):
            make(report, Move.TRANSFER_MANAGERS)
    report.category = category
    if before == (category, report.managers_only, False) and not confirms:
        return
    data: dict[str, str | bool] = {"from": before[0].value, "to": category.value}
    if report.managers_only is not before[1]:
        data["managers_only"] = report.managers_only
    await append(session, report, EventType.CATEGORY_CHANGED, officer, data=data)


def _word(
    report: Report, earlier: Correction | None, sensitive: bool | None, urgent: bool | None
) -> Reading:
    """What officers have said of the first message, the latest word of each kind."""
    said_sensitive, said_urgent = (earlier.sensitive, earlier.urgent) if earlier else (None, None)
    return Reading(
        report.category,
        _said(sensitive, said_sensitive, report.sensitive, report.filed_sensitive),
        _said(urgent, said_urgent, report.urgent, report.filed_urgent),
    )


def _said(
    touched: bool | None, earlier: bool | None, present: bool, filed: bool | None
) -> bool | None:
    """A flag of the first message: as set now, or before, or left as the model had it.

    One that the reporter's later words raised, and nobody touched, says nothing of the first.
    """
    if touched is not None:
        return touched
    if earlier is not None:
        return earlier
    return present if present is filed else None


async def close(
    session: AsyncSession, report: Report, officer: Officer, outcome: str, text: str
) -> None:
    """End the report with an outcome, and those that follow it; `text` is for their reporters.

    Raises: NotAllowed.
    """
    must(report, Move.CLOSE)
    if outcome not in OUTCOMES:
        raise NotAllowed("Hãy chọn kết quả xử lý.")
    if len(text) > MAX_REPLY:
        raise NotAllowed(f"Lời nhắn dài quá {MAX_REPLY} ký tự.")
    await must_lead(session, report)
    following = await open_following(session, report)
    await _end(session, report, officer, text.strip(), {"outcome": outcome})
    for each in following:
        data = {"outcome": outcome, "with": report.code}
        await _end(session, each, officer, text.strip(), data)


async def _end(
    session: AsyncSession, report: Report, officer: Officer, text: str, data: dict[str, str]
) -> None:
    make(report, Move.CLOSE)
    report.needs_review = False
    report.officer = report.officer or officer
    await _accept(session, report, data["outcome"])
    event = await append(session, report, EventType.CLOSED, officer, text=text, data=data)
    await tell_state(session, report, event)


async def _accept(session: AsyncSession, report: Report, outcome: str) -> None:
    """Ending a report is a word on how it was read: it was none, or nobody minded the reading."""
    if outcome == NOT_A_REPORT:
        await take_word(session, report, Reading(Category.SMALL_TALK, None, urgent=False))
    elif await word_on(session, report) is None:
        present = Reading(report.category, report.sensitive, report.urgent)
        if present == first_reading(report):
            await take_word(session, report, present, ask=False)


async def _tell_reporter(
    session: AsyncSession, report: Report, event: ReportEvent, text: str
) -> None:
    conversation = report.conversation
    if conversation is None:
        return
    # Though he blocked us: the platform's refusal shows on the page of what did not arrive.
    await post(
        session,
        conversation.channel,
        Target(ChatKind.PRIVATE, conversation.chat_id),
        Content(text),
        key=f"event:{event.id}",
        report_id=report.id,
    )
