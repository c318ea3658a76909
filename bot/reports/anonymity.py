"""Who reported, as officers may see it: a name, or an alias where the reporter asked for one.

Everything that shows a reporter to an officer asks `display_name` and `display_phone`. The name of
an anonymous report stays sealed in the database; a manager may look at it for a written reason.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Content, Target
from bot.console.permissions import Permission, may
from bot.groups.models import Officer
from bot.messages.models import Conversation
from bot.messages.outbox import post
from bot.reports.codes import ALPHABET
from bot.reports.errors import NotAllowed
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.questions import Question, Step, note
from bot.reports.service import append, open_reports
from bot.reports.words import Reader
from bot.security.vault import vault
from bot.wording import say

MIN_REASON, MAX_REASON = 10, 500
"""Characters of a manager's reason."""

_LETTERS = "".join(c for c in ALPHABET if c.isalpha())
_DIGITS = "".join(c for c in ALPHABET if c.isdigit())


async def hide(session: AsyncSession, report: Report) -> None:
    """The reporter wants officers to see an alias."""
    if not report.anonymous:
        report.anonymous = True
        await append(session, report, EventType.ANONYMITY_ASKED)


async def show(session: AsyncSession, report: Report) -> None:
    """The reporter lets officers see who he is, and is not asked about it again."""
    note(report, Question.NAME, Step.TOLD, report.id)
    if report.anonymous:
        report.anonymous = False
        await append(session, report, EventType.ANONYMITY_LIFTED)


async def hide_all(session: AsyncSession, conversation: Conversation) -> None:
    """A wish said without a report in mind: for what is open, and for what is yet to come."""
    conversation.member.anonymous = True
    for report in await open_reports(session, conversation.id):
        await hide(session, report)


async def show_all(session: AsyncSession, conversation: Conversation) -> None:
    """The wish is taken back. From the next message on the name is noted again."""
    conversation.member.anonymous = False
    conversation.member.erased_at = None
    for report in await open_reports(session, conversation.id):
        await show(session, report)


# --- What officers see ----------------------------------------------------------------------------


def alias_of(report: Report) -> str:
    """The same for all reports of one person in one chat; it tells nothing of him."""
    conversation = report.conversation
    return _alias(str(conversation.member_id if conversation else report.id))


def alias_in(conversation: Conversation) -> str:
    """The alias that this person's reports bear."""
    return _alias(str(conversation.member_id))


def _alias(subject: str) -> str:
    """One of twenty million, without letters and digits that are easily mistaken."""
    rest = int(vault().fingerprint("alias", subject), 16)
    rest, number = divmod(rest, 10_000)
    tail = ""
    for alphabet in (_LETTERS, _DIGITS, _LETTERS):
        rest, place = divmod(rest, len(alphabet))
        tail += alphabet[place]
    return f"Bà con {number:04}-{tail}"


def display_name(report: Report) -> str:
    """The reporter's name or alias; "" where no name is known."""
    return alias_of(report) if report.anonymous else report.known_name


def display_phone(report: Report) -> str:
    """The reporter's phone number; "" where none is known or he is anonymous."""
    if report.anonymous or report.conversation is None:
        return ""
    return report.conversation.member.phone


def reader_for(report: Report, *, hide: bool) -> Reader:
    """How an officer sees what the reporter wrote, who may have called himself by his name."""
    name = report.known_name
    return Reader(report.details, name, anonymous=report.anonymous, hide=hide)


# --- What a manager may look at -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """For one page to one manager; nothing keeps it."""

    name: str
    phone: str


async def reveal(session: AsyncSession, report: Report, officer: Officer, reason: str) -> Identity:
    """Who an anonymous reporter is. Raises: NotAllowed.

    The look and its reason are logged before anything is shown. The reporter is told that a manager
    looked, each time and whatever the matter: the promise of an alias is worth something only if
    its breach is not silent. He is not told why: the reason may speak of others.
    """
    reason = reason.strip()
    if not may(officer, Permission.REVEAL_IDENTITY):
        raise NotAllowed("Chỉ Tổ quản lý được xem danh tính người báo.")
    if not report.anonymous:
        raise NotAllowed("Người báo không xin ẩn danh.")
    if len(reason) < MIN_REASON:
        raise NotAllowed(f"Đồng chí ghi rõ lý do, ít nhất {MIN_REASON} ký tự.")
    if len(reason) > MAX_REASON:
        raise NotAllowed(f"Lý do dài quá {MAX_REASON} ký tự.")
    identity = await _identity(session, report)
    event = await append(session, report, EventType.IDENTITY_REVEALED, officer, text=reason)
    if conversation := report.conversation:
        await post(
            session,
            conversation.channel,
            Target(ChatKind.PRIVATE, conversation.chat_id),
            Content(say("identity_revealed", code=report.code)),
            key=f"event:{event.id}",
            report_id=report.id,
        )
    return identity


async def _identity(session: AsyncSession, report: Report) -> Identity:
    erased = select(ReportEvent.id).where(
        ReportEvent.report_id == report.id, ReportEvent.type == EventType.IDENTITY_ERASED
    )
    phone = report.conversation.member.phone if report.conversation else ""
    identity = Identity(report.known_name, phone)
    if (await session.execute(erased)).first() or not (identity.name or identity.phone):
        raise NotAllowed("Hệ thống không giữ tên hay số điện thoại của người báo này.")
    return identity
