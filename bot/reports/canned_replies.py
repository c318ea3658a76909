"""Ready answers that an officer puts into the reply box, and still reads before he sends them.

Those that come with the assistant stand in canned_replies.yml; what a manager changes, adds or
takes away is kept in the database by the same key and goes before.
"""

import string
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Commune, Officer
from bot.groups.service import commune_name, managers
from bot.groups.station import station_of
from bot.reports.errors import NotAllowed
from bot.reports.models import CannedReply, Report
from bot.triage.understanding import REPORTS, Category
from bot.wording import CATEGORY_NAMES

DEFAULTS = Path(__file__).with_name("canned_replies.yml")
MAX_TITLE, MAX_TEXT = 80, 1000
"""Characters."""

FIELDS = {
    "code": "mã phản ánh",
    "category": "loại phản ánh",
    "hamlet": "tên ấp",
    "commune": "tên xã",
    "officer": "tên đồng chí đang trả lời",
    "officer_phone": "số điện thoại của đồng chí ấy, nếu được cho bà con biết",
    "station_phone": "số điện thoại của Công an xã, hoặc của Tổ quản lý cho bà con gọi",
}
"""What is filled in; nothing that tells who the reporter is."""


@dataclass(frozen=True, slots=True)
class Canned:
    key: str
    category: Category | None  # None: for any
    title: str
    text: str
    removed: bool = False
    changed: bool = False  # by a manager

    @property
    def built_in(self) -> bool:
        return self.key in defaults()


@cache
def defaults() -> dict[str, Canned]:
    """Those that come with the assistant, by key."""
    entries = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    return {
        key: Canned(key, _category(entry.get("category", "")), entry["title"], entry["text"])
        for key, entry in entries.items()
    }


async def all_of(session: AsyncSession) -> Sequence[Canned]:
    """Every one, also those taken away; those for any category first."""
    rows = (await session.execute(select(CannedReply).order_by(CannedReply.title))).scalars()
    changed = {
        row.key: Canned(row.key, row.category, row.title, row.text, row.removed, changed=True)
        for row in rows
    }
    order = [None, *Category]
    found = (defaults() | changed).values()
    return sorted(found, key=lambda canned: order.index(canned.category))


async def ready_for(session: AsyncSession, report: Report, officer: Officer) -> Sequence[Canned]:
    """Those for this report, filled in. One that needs what is not known is left out."""
    known = await _known(session, report, officer)
    return [
        Canned(each.key, each.category, each.title, each.text.format_map(known))
        for each in await all_of(session)
        if not each.removed
        and each.category in (None, report.category)
        and fields_of(each.text) <= known.keys()
    ]


async def _known(session: AsyncSession, report: Report, officer: Officer) -> dict[str, str]:
    commune = await session.get(Commune, 1)
    public = (m.phone for m in await managers(session) if m.phone and m.phone_public)
    known = {
        "code": report.code,
        "category": CATEGORY_NAMES[report.category],
        "hamlet": report.hamlet.name if report.hamlet else "",
        "commune": await commune_name(session),
        "officer": officer.name,
        "officer_phone": officer.phone if officer.phone_public else "",
        "station_phone": station_of(commune).phone or next(public, ""),
    }
    return {field: value for field, value in known.items() if value}


def fields_of(text: str) -> set[str]:
    """The fields that a text names. Raises: ValueError, when it names none of ours or a brace
    stands alone."""
    found = set()
    for _, field, form, conversion in string.Formatter().parse(text):
        if field is None:
            continue
        if field not in FIELDS or form or conversion:
            raise ValueError(field)
        found.add(field)
    return found


async def save(session: AsyncSession, key: str, category: str, title: str, text: str) -> str:
    """Change a ready answer, or add one where `key` is empty; returns its key.

    Raises: NotAllowed.
    """
    title, text = " ".join(title.split()), text.strip()
    if not title or len(title) > MAX_TITLE:
        raise NotAllowed(f"Đồng chí đặt tên cho câu mẫu, không quá {MAX_TITLE} ký tự.")
    if not text or len(text) > MAX_TEXT:
        raise NotAllowed(f"Đồng chí ghi câu trả lời, không quá {MAX_TEXT} ký tự.")
    if category and category not in REPORTS:
        raise NotAllowed("Hãy chọn một loại phản ánh, hoặc để dùng cho mọi loại.")
    try:
        fields_of(text)
    except ValueError:
        known = ", ".join(f"{{{field}}}" for field in FIELDS)
        raise NotAllowed(f"Trong ngoặc nhọn chỉ được ghi: {known}.") from None
    if key and not await _exists(session, key):
        raise NotAllowed("Câu mẫu này không còn nữa.")
    key = key or uuid.uuid4().hex[:12]
    await _keep(session, Canned(key, _category(category), title, text))
    return key


async def remove(session: AsyncSession, key: str) -> None:
    """Offer it to nobody any more. One that came with the assistant can be had back."""
    if known := defaults().get(key):
        await _keep(session, known, removed=True)
    else:
        await session.execute(delete(CannedReply).where(CannedReply.key == key))


async def restore(session: AsyncSession, key: str) -> None:
    """As it came with the assistant."""
    if key in defaults():
        await session.execute(delete(CannedReply).where(CannedReply.key == key))


async def _exists(session: AsyncSession, key: str) -> bool:
    query = select(CannedReply.id).where(CannedReply.key == key)
    return key in defaults() or (await session.execute(query)).first() is not None


async def _keep(session: AsyncSession, canned: Canned, *, removed: bool = False) -> None:
    values = {
        "category": canned.category,
        "title": canned.title,
        "text": canned.text,
        "removed": removed,
    }
    row = insert(CannedReply).values(id=uuid.uuid4(), key=canned.key, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[CannedReply.key], set_=values))


def _category(value: str) -> Category | None:
    return Category(value) if value else None
