"""A copy of what is kept of one person, for himself: what he told and was told, nothing of others.

Left out are notes between officers, who of them did what, reasons, and reports that a platform
cannot prove to be his.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from bot.console.times import VIETNAM
from bot.messages.models import Conversation
from bot.messages.own_data import Fate, fate_of, own_reports
from bot.reports.labels import STATUS_LABELS
from bot.reports.models import Attachment, EventType, Report, ReportEvent
from bot.wording import CATEGORY_NAMES

HIS = (EventType.CREATED, EventType.FROM_REPORTER)
TOLD_HIM = (EventType.TO_REPORTER, EventType.TRANSFERRED_OUT, EventType.CLOSED)
"""Events whose text he wrote, and those whose text he got."""


@dataclass(frozen=True, slots=True, repr=False)
class OwnFile:
    name: str  # for the copy; as he called it stands in the copy itself
    content: bytes


@dataclass(frozen=True, slots=True, repr=False)
class OwnCopy:
    """`kept` can be written as JSON; its keys are Vietnamese, for whom it is about."""

    kept: dict[str, Any]
    files: list[OwnFile]


async def copy_of(session: AsyncSession, conversation: Conversation) -> OwnCopy:
    """All of it, with the words and the files."""
    member = conversation.member
    reports: list[dict[str, Any]] = []
    files: list[OwnFile] = []
    left_out: list[str] = []
    for report in await own_reports(session, conversation):
        if await fate_of(session, report) is Fate.UNPROVEN:
            left_out.append(report.code)
            continue
        reports.append(await _report(session, report, files))
    kept = {
        "ten": member.name,
        "so_dien_thoai": member.phone,
        "xin_an_danh": member.anonymous,
        "kenh": conversation.channel,
        "dia_chi_tro_chuyen": conversation.chat_id,
        "tu_ngay": _time(conversation.created_at),
        "tin_cuoi": _time(conversation.last_inbound_at),
        "phan_anh": reports,
        "khong_chac_cua_nguoi_nay": left_out,
    }
    return OwnCopy(kept, files)


def in_words(kept: dict[str, Any]) -> str:
    """The same to read, a line for each thing."""
    lines: list[str] = []
    _write(kept, lines, 0)
    return "\n".join(lines) + "\n"


async def _report(session: AsyncSession, report: Report, files: list[OwnFile]) -> dict[str, Any]:
    of_it = select(ReportEvent).where(ReportEvent.report_id == report.id).order_by(ReportEvent.id)
    events = (await session.scalars(of_it)).all()
    said = [
        {
            "luc": _time(event.at),
            "ai": "người báo" if event.type in HIS else "cán bộ",
            "loi": event.text or "",
            "vi_tri": event.place,
        }
        for event in events
        if event.type in HIS + TOLD_HIM and (event.text or event.place)
    ]
    return {
        "ma": report.code,
        "gui_luc": _time(report.created_at),
        "loai": CATEGORY_NAMES[report.category],
        "tinh_trang": STATUS_LABELS[report.status],
        "ap": report.hamlet.name if report.hamlet else "",
        "ten_ghi_kem": report.reporter_name,
        "noi_xay_ra": report.place or "",
        "trao_doi": said,
        "tep": [_file(each, files) for each in await _his_files(session, report)],
    }


async def _his_files(session: AsyncSession, report: Report) -> list[Attachment]:
    query = (
        select(Attachment)
        .options(undefer(Attachment.content))
        .where(Attachment.report_id == report.id, Attachment.officer_id.is_(None))
        .order_by(Attachment.created_at, Attachment.id)
    )
    return list((await session.scalars(query)).all())


def _file(attachment: Attachment, files: list[OwnFile]) -> dict[str, str]:
    called = {"ten": attachment.name, "loai": attachment.mime}
    if attachment.content is None:
        return called | {"trong_ban_sao": ""}
    name = f"tep-{len(files) + 1}"
    files.append(OwnFile(name, attachment.content))
    return called | {"trong_ban_sao": name}


def _time(at: Any) -> str:
    return str(at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M"))


def _write(value: Any, lines: list[str], depth: int) -> None:
    for key, each in value.items() if isinstance(value, dict) else enumerate(value, 1):
        name = str(key).replace("_", " ")
        if isinstance(each, dict | list):
            lines.append(f"{'  ' * depth}{name}:")
            _write(each, lines, depth + 1)
        else:
            said = {True: "có", False: "không", None: ""}.get(each, each)
            lines.append(f"{'  ' * depth}{name}: {said}")
