"""How long everything is kept, why, and how it is erased: one table.

What is erased with a report's words are the words, names, places and files. That there was one, of
which category, in which hamlet, when, and how it ended, stays for the counts.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from dbos import DBOS
from sqlalchemy import ColumnElement, and_, delete, exists, not_, or_, select, tuple_, update

from bot.channels.web_models import WebFile, WebMail
from bot.console import throttle
from bot.console.models import OfficerSession, RecoveryCode, SecondFactor, SignInFailures
from bot.db import now
from bot.groups.models import Member, Officer, OfficerChat
from bot.messages.models import Conversation, Inbound, Outbound, OutboundStatus, PrivateInvitation
from bot.procedures import gaps
from bot.procedures.models import ProcedureGap
from bot.procedures.spoken_of import REMEMBERED
from bot.reports.models import (
    AtReport,
    Attachment,
    Consent,
    Correction,
    EventType,
    Report,
    ReportEvent,
    Status,
)
from bot.retention.models import Purge
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services

Erase = Callable[["Services", datetime], Awaitable[int]]
"""Erases up to `BATCH` of what is older than that moment; how many it was, 0 when none is left."""

BATCH = 1000
REPORTS_AT_ONCE = 50
DONE = (OutboundStatus.SENT, OutboundStatus.RETRIED, OutboundStatus.DROPPED)
ANSWERABLE = and_(
    Outbound.status == OutboundStatus.SENT,
    Outbound.report_id.is_not(None),
    Outbound.platform_id.is_not(None),
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Kind:
    """`kept` counts from what `since` says; the texts are for residents and officers to read.

    `technical`: only the machine needs it, and there is no word, name or number of a resident in
    it. Residents read one sentence about all of that.
    """

    key: str
    what: str
    since: str
    kept: Callable[[Settings], timedelta]
    why: str
    erase: Erase
    technical: bool = False


def always(kept: timedelta) -> Callable[[Settings], timedelta]:
    return lambda _: kept


def rows(condition: Callable[[datetime], ColumnElement[bool]], table: Any) -> Erase:
    """Delete the rows of a table that fulfil the condition."""

    async def erase(services: "Services", before: datetime) -> int:
        key = table.__mapper__.primary_key
        some = select(*key).where(condition(before)).limit(BATCH)
        async with services.db.begin() as session:
            found = (await session.execute(some.with_for_update(skip_locked=True))).all()
            if found:
                chosen = tuple_(*key).in_([tuple(row) for row in found])
                await session.execute(delete(table).where(chosen))
        return len(found)

    return erase


def emptied(
    condition: Callable[[datetime], ColumnElement[bool]], table: Any, **values: Any
) -> Erase:
    """Empty columns of the rows that fulfil the condition, after which they no longer do."""

    async def erase(services: "Services", before: datetime) -> int:
        key = table.__mapper__.primary_key[0]
        some = select(key).where(condition(before)).limit(BATCH).with_for_update(skip_locked=True)
        async with services.db.begin() as session:
            found = (await session.scalars(some)).all()
            if found:
                await session.execute(update(table).where(key.in_(found)).values(**values))
        return len(found)

    return erase


async def words_of_reports(services: "Services", before: datetime) -> int:
    async with services.db.begin() as session:
        ended = closed_before(before)
        some = select(Report.id).where(ended).order_by(Report.closed_at).limit(REPORTS_AT_ONCE)
        ids = (await session.scalars(some.with_for_update(skip_locked=True))).all()
        for report_id in ids:
            session.add(ReportEvent(report_id=report_id, type=EventType.EXPIRED))
        await session.execute(delete(Attachment).where(Attachment.report_id.in_(ids)))
        words = update(ReportEvent).where(ReportEvent.report_id.in_(ids))
        await session.execute(words.values(text=None, place=None))
        learnt = update(Correction).where(Correction.report_id.in_(ids))
        await session.execute(learnt.values(text=None, consent=Consent.NOT_ASKED))
        await session.execute(
            update(Report)
            .where(Report.id.in_(ids))
            .values(
                reporter_name="",
                place=None,
                happened_from=None,
                happened_to=None,
                details=None,
                answers=[],
                words_gone_at=now(),
            )
        )
    return len(ids)


def closed_before(before: datetime) -> ColumnElement[bool]:
    """Reports whose words are still there though they ended before then."""
    ended = Report.status == Status.CLOSED, Report.closed_at < before
    return and_(*ended, Report.words_gone_at.is_(None))


async def silent_people(services: "Services", before: datetime) -> int:
    """Who has no report that is open or has words: his chat, name and number. His old reports lose
    the tie."""
    needed = or_(Report.status != Status.CLOSED, Report.words_gone_at.is_(None))
    theirs = and_(Report.conversation_id == Conversation.id, needed)
    silent = and_(Conversation.last_inbound_at < before, not_(exists().where(theirs)))
    async with services.db.begin() as session:
        some = select(Conversation.id, Conversation.member_id).where(silent).limit(BATCH)
        found = (await session.execute(some.with_for_update(skip_locked=True))).all()
        chats, members = [row[0] for row in found], [row[1] for row in found]
        untied = update(Report).where(Report.conversation_id.in_(chats))
        await session.execute(untied.values(conversation_id=None))
        await session.execute(delete(Conversation).where(Conversation.id.in_(chats)))
        elsewhere = exists().where(Conversation.member_id == Member.id)
        await session.execute(delete(Member).where(Member.id.in_(members), not_(elsewhere)))
    return len(found)


async def accounts_of_who_left(services: "Services", before: datetime) -> int:
    """Number, chats and all he signed in with; his name stays beside what he did."""
    async with services.db.begin() as session:
        left = and_(Officer.active.is_(False), Officer.left_at < before)
        ids = (await session.scalars(select(Officer.id).where(left).with_for_update())).all()
        for table in (OfficerChat, SecondFactor, RecoveryCode, OfficerSession):
            await session.execute(delete(table).where(table.officer_id.in_(ids)))
        gone = {"phone": "", "password_hash": "", "left_at": None}
        await session.execute(update(Officer).where(Officer.id.in_(ids)).values(**gone))
    return len(ids)


async def finished_work(_: "Services", before: datetime) -> int:
    finished = await DBOS.list_workflows_async(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before.isoformat(),
        limit=BATCH,
        load_input=False,
        load_output=False,
    )
    if finished:
        await DBOS.delete_workflows_async([work.workflow_id for work in finished])
    return len(finished)


def _undone(before: datetime) -> ColumnElement[bool]:
    return and_(Outbound.status.in_(DONE), Outbound.done_at < before, not_(ANSWERABLE))


TABLE = (
    Kind(
        "moderation",
        "Dấu vết của tin trong nhóm không phải phản ánh (loại số, vị trí trong câu; không có lời)",
        "đến đêm cùng ngày",
        always(AT_ONCE),
        "để kiểm duyệt kịp nhắc; lời nói chuyện thường không bao giờ được lưu",
        emptied(
            lambda before: and_(Inbound.handled_at < before, Inbound.noticed.is_not(None)),
            Inbound,
            noticed=None,
        ),
        technical=True,
    ),
    Kind(
        "questions",
        "Câu hỏi thủ tục vừa được trả lời, đã che số và tên",
        "sau câu trả lời",
        always(REMEMBERED),
        "để người hỏi còn nói được là chưa đúng ý",
        emptied(
            lambda before: Conversation.asked_at < before, Conversation, asked=None, asked_at=None
        ),
    ),
    Kind(
        "handled",
        "Dấu nhận ra một tin đã xử lý (không có lời)",
        "sau khi xử lý",
        always(3 * DAY),
        "nền tảng có thể gửi lại một tin trong một ngày",
        rows(lambda before: Inbound.handled_at < before, Inbound),
        technical=True,
    ),
    Kind(
        "failed",
        "Tin không xử lý được, niêm phong",
        "sau khi đến",
        always(30 * DAY),
        "để người bảo trì sửa lỗi rồi xử lý lại",
        rows(
            lambda before: and_(
                Inbound.handled_at.is_(None),
                Inbound.failed.is_not(None),
                Inbound.received_at < before,
            ),
            Inbound,
        ),
    ),
    Kind(
        "delivered",
        "Dấu của tin đã gửi (lời bỏ ngay khi gửi xong)",
        "sau khi gửi",
        always(3 * DAY),
        "để không gửi hai lần",
        rows(_undone, Outbound),
        technical=True,
    ),
    Kind(
        "undelivered",
        "Tin không gửi được; dấu của tin về một phản ánh",
        "sau lần gửi cuối",
        always(30 * DAY),
        "để Tổ quản lý gửi lại, và để câu trả lời tìm đúng phản ánh",
        rows(lambda before: Outbound.done_at < before, Outbound),
    ),
    Kind(
        "invitations",
        "Lời mời sang kênh riêng",
        "sau khi hết hạn",
        always(3 * DAY),
        "để bấm muộn vẫn được chỉ đường",
        rows(lambda before: PrivateInvitation.expires_at < before, PrivateInvitation),
    ),
    Kind(
        "mail",
        "Tin của trợ lý chờ trình duyệt nhận (nhóm 24 giờ, riêng 60 ngày, nhận xong thì bỏ ngay)",
        "đến khi hết hạn",
        always(AT_ONCE),
        "để trả lời đến được người mở trang muộn",
        rows(lambda before: WebMail.expires_at < before, WebMail),
    ),
    Kind(
        "files",
        "Tệp gửi qua trang, trước khi vào phản ánh (nhiều nhất 24 giờ; tệp chưa gửi 20 phút)",
        "đến khi hết hạn",
        always(AT_ONCE),
        "để chuyển tệp vào phản ánh",
        rows(lambda before: WebFile.expires_at < before, WebFile),
    ),
    Kind(
        "gaps",
        "Câu hỏi chưa trả lời được, đã che số và tên, không kèm người hỏi",
        "sau khi hỏi",
        always(gaps.KEPT),
        "để Tổ quản lý bổ sung câu trả lời",
        rows(lambda before: ProcedureGap.asked_at < before, ProcedureGap),
    ),
    Kind(
        "reports",
        "Lời kể, tên người báo, địa điểm, hình và tệp của phản ánh đã kết thúc",
        "sau khi kết thúc",
        lambda settings: timedelta(days=settings.keep_reports_days),
        "để trả lời khiếu nại và tổng kết hằng năm; việc phải lập hồ sơ thì đã nằm trong hồ sơ",
        words_of_reports,
    ),
    Kind(
        "people",
        "Tên, số điện thoại và địa chỉ trò chuyện của người không còn phản ánh nào có lời",
        "sau tin cuối cùng",
        lambda settings: timedelta(days=settings.keep_people_days),
        "để khỏi hỏi lại người hay nhắn",
        silent_people,
    ),
    Kind(
        "learnt",
        "Tin đã che mà cán bộ cho trợ lý học, sau khi xuất ra tệp",
        "sau khi xuất",
        always(90 * DAY),
        "để rút lại được khi đang đọc duyệt",
        emptied(
            lambda before: and_(Correction.text.is_not(None), Correction.exported_at < before),
            Correction,
            text=None,
            consent=Consent.NOT_ASKED,
        ),
    ),
    Kind(
        "sessions",
        "Phiên đăng nhập của cán bộ, với địa chỉ mạng",
        "sau khi đăng nhập",
        always(3 * DAY),
        "không phiên nào kéo dài hơn",
        rows(lambda before: OfficerSession.created_at < before, OfficerSession),
        technical=True,
    ),
    Kind(
        "failures",
        "Số lần đăng nhập sai",
        "sau lần cuối",
        always(throttle.FORGET),
        "để chặn dò mật khẩu",
        rows(lambda before: SignInFailures.last_at < before, SignInFailures),
        technical=True,
    ),
    Kind(
        "presence",
        "Cán bộ nào đang viết ở phản ánh nào",
        "sau khi hết lượt",
        always(DAY),
        "để hai người không trả lời cùng lúc",
        rows(
            lambda before: and_(
                or_(AtReport.writes_until.is_(None), AtReport.writes_until < before),
                or_(AtReport.sees_until.is_(None), AtReport.sees_until < before),
            ),
            AtReport,
        ),
        technical=True,
    ),
    Kind(
        "accounts",
        "Số điện thoại, kênh chat, mật khẩu của cán bộ đã thôi việc (tên còn lại bên việc đã làm)",
        "sau khi khóa tài khoản",
        lambda settings: timedelta(days=settings.keep_accounts_days),
        "để mở lại được khi người ấy trở về",
        accounts_of_who_left,
    ),
    Kind(
        "work",
        "Lịch sử hàng đợi công việc (chỉ có mã, không có lời)",
        "sau khi xong",
        always(3 * DAY),
        "để tìm lỗi",
        finished_work,
        technical=True,
    ),
    Kind(
        "purges",
        "Con số đã xóa mỗi đêm",
        "sau đêm ấy",
        always(2 * 365 * DAY),
        "để chứng minh việc xóa",
        rows(lambda before: Purge.at < before, Purge),
    ),
)
