"""A person's own data: what is kept of him, and erasing it as far as the law lets us.

The law on denunciations and that on archives have a record kept once officers deal with a report;
what identifies the reporter need not stay in it. What becomes of each report when he asks:

    withdrawn  no officer has done anything to it: closed, its words, details and files erased
    stays      an officer deals with it or has ended it: name and phone are erased, for good
    urgent     open and urgent: nothing is erased, the phone included, while a life may depend on
               it; else whoever takes somebody's phone could call off his rescue
    unproven   made in a group, and the platform does not tell whether by him: left to an officer
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import web_files
from bot.channels.base import Button, ChatKind
from bot.channels.web_mailbox import mailbox_of
from bot.console.times import VIETNAM
from bot.db import now
from bot.messages.models import Conversation, PrivateInvitation
from bot.procedures.replies import Reply
from bot.reports.locking import locked
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status
from bot.reports.service import append
from bot.reports.workflow import Move, make, may
from bot.security.vault import vault
from bot.wording import say

ERASE, KEEP = "erase_my_data", "keep_my_data"
"""Payloads of the two buttons."""

MAX_LISTED = 20


class Fate(StrEnum):
    """What erasing does to a report."""

    WITHDRAWN = "withdrawn"
    STAYS = "stays"
    URGENT = "urgent"
    UNPROVEN = "unproven"
    GONE = "gone"  # withdrawn before


async def summary(session: AsyncSession, conversation: Conversation) -> str:
    """What is kept of this person. Nothing of what he told: he knows it, others may look over."""
    reports = await own_reports(session, conversation)
    reports.sort(key=lambda report: report.created_at, reverse=True)
    lines = [
        say(
            "own_data_report",
            code=report.code,
            date=report.created_at.astimezone(VIETNAM).strftime("%d/%m/%Y"),
            status=await _state(session, report),
        )
        for report in reports[:MAX_LISTED]
    ]
    if len(reports) > MAX_LISTED:
        lines.append(say("own_data_more", count=str(len(reports) - MAX_LISTED)))
    member, none = conversation.member, say("own_data_none")
    return say(
        "own_data",
        name=member.name or none,
        phone=member.phone or none,
        reports="\n".join(lines) or say("own_data_no_reports"),
    )


def ask_before_erasing() -> Reply:
    buttons = (Button(say("button_erase"), ERASE), Button(say("button_keep"), KEEP))
    return Reply(say("erase_ask"), buttons)


async def erase(session: AsyncSession, conversation: Conversation) -> str:
    """Erase what may be erased, and say exactly what was done. A second time changes nothing."""
    done: dict[Fate, list[str]] = defaultdict(list)
    reports = await own_reports(session, conversation, to_change=True)
    named = await _files_to_fetch(session, reports)
    for report in reports:
        fate = await fate_of(session, report)
        done[fate].append(report.code)
        if fate is Fate.WITHDRAWN:
            await _withdraw(session, report)
        elif fate is Fate.STAYS:
            await _forget_who(session, report)
    left = await _files_to_fetch(session, reports)
    owner = mailbox_of(ChatKind.PRIVATE, conversation.chat_id)
    await web_files.erase(session, owner, gone=named - left, to_fetch=left)
    await _forget_conversation(session, conversation)
    if not done[Fate.URGENT]:
        _forget_member(conversation)
    return _account(done)


async def _files_to_fetch(session: AsyncSession, reports: Sequence[Report]) -> set[str]:
    ids = [report.id for report in reports]
    query = select(Attachment.ref).where(Attachment.report_id.in_(ids), Attachment.ref.is_not(None))
    return {ref for ref in (await session.execute(query)).scalars() if ref}


async def withdrawn(session: AsyncSession, report: Report) -> bool:
    """Whether its reporter took the report back."""
    query = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.WITHDRAWN
    )
    return (await session.execute(query)).first() is not None


async def _state(session: AsyncSession, report: Report) -> str:
    if report.status is Status.CLOSED:
        taken_back = await withdrawn(session, report)
        return say("own_data_withdrawn" if taken_back else "own_data_closed")
    return say("own_data_new" if report.status is Status.NEW else "own_data_open")


async def own_reports(
    session: AsyncSession, conversation: Conversation, *, to_change: bool = False
) -> list[Report]:
    """Those of this chat, and those of a group whose invitation to this very person is still good:
    where the platform says who he is, they are his though he has not opened it."""
    invited = select(PrivateInvitation.report_id).where(
        PrivateInvitation.sender_key == _sender_key(conversation)
    )
    query = select(Report).where(
        or_(
            Report.conversation_id == conversation.id,
            and_(Report.conversation_id.is_(None), Report.id.in_(invited)),
        )
    )
    query = query.order_by(Report.created_at, Report.id)  # as bot/reports/merging.py locks them
    if to_change:
        query = locked(query)
    return list((await session.execute(query)).scalars())


async def fate_of(session: AsyncSession, report: Report) -> Fate:
    """What erasing would do to it."""
    query = select(ReportEvent).where(ReportEvent.report_id == report.id)
    events = (await session.execute(query)).scalars().all()
    if any(event.type is EventType.WITHDRAWN for event in events):
        return Fate.GONE
    if any(event.data.get("verified") is False for event in events):
        return Fate.UNPROVEN
    if report.status is Status.CLOSED:
        return Fate.STAYS
    if report.urgent:
        return Fate.URGENT
    touched = report.merged_into_id is not None or any(event.officer_id for event in events)
    return Fate.STAYS if touched or not may(report, Move.WITHDRAW) else Fate.WITHDRAWN


async def _withdraw(session: AsyncSession, report: Report) -> None:
    make(report, Move.WITHDRAW)
    report.needs_review = False
    report.quiet_until = None
    report.reporter_name = ""
    report.anonymous = True
    report.place = report.happened_from = report.happened_to = report.details = None
    report.answers = []
    spoken = select(ReportEvent).where(ReportEvent.report_id == report.id)
    for event in (await session.execute(spoken)).scalars():
        event.text = event.place = None
    await session.execute(delete(Attachment).where(Attachment.report_id == report.id))
    await append(session, report, EventType.WITHDRAWN)
    await append(session, report, EventType.WORDS_ERASED)
    report.words_gone_at = now()


async def _forget_who(session: AsyncSession, report: Report) -> None:
    known = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.IDENTITY_ERASED
    )
    report.reporter_name = ""
    report.anonymous = True
    if (await session.execute(known)).first() is None:
        await append(session, report, EventType.IDENTITY_ERASED)


async def _forget_conversation(session: AsyncSession, conversation: Conversation) -> None:
    conversation.choices, conversation.choices_until = [], None
    conversation.procedure = conversation.procedure_at = None
    conversation.asked, conversation.asked_at, conversation.old_terms = None, None, {}
    own = select(Report.id).where(Report.conversation_id == conversation.id)
    await session.execute(
        delete(PrivateInvitation).where(
            or_(
                PrivateInvitation.sender_key == _sender_key(conversation),
                PrivateInvitation.report_id.in_(own),
            )
        )
    )


def _forget_member(conversation: Conversation) -> None:
    """The chat's address stays, to answer him; his name is not noted again (`erased_at`)."""
    member = conversation.member
    member.name = member.phone = ""
    member.hamlet_id = None
    member.anonymous = True
    member.erased_at = now()


def _sender_key(conversation: Conversation) -> str:
    """Of what he writes in a group, where he has one id in both: as in conversations.py."""
    return vault().fingerprint("sender", conversation.channel, conversation.chat_id)


def _account(done: dict[Fate, list[str]]) -> str:
    lines = []
    if codes := done[Fate.WITHDRAWN]:
        lines.append(say("erased_withdrawn", count=str(len(codes)), codes=", ".join(codes)))
    if codes := done[Fate.STAYS]:
        lines.append(say("erased_stay", codes=", ".join(codes)))
    if codes := done[Fate.UNPROVEN]:
        lines.append(say("erased_unproven", codes=", ".join(codes)))
    if codes := done[Fate.URGENT]:
        lines.append(say("erased_urgent", codes=", ".join(codes)))
    else:
        lines.append(say("erased_member"))
    return "\n".join(lines)
