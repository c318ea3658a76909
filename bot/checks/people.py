"""Who is set up, and whether everybody can be reached and signs in with two factors.

These lines name hamlets and usernames: for whoever sets the installation up, never for metrics.
"""

from collections.abc import AsyncIterator, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import platforms_on
from bot.checks.finding import Finding, fault, fine, warning
from bot.console.models import SecondFactor
from bot.console.second_factor import is_required
from bot.groups.models import Commune, Group, Hamlet, Officer, Role
from bot.settings import Settings

WEB = "web"
SHOWN = 5
SETUP = "Sửa tệp khai báo rồi chạy: binhyen setup TỆP.yml"


async def setup(session: AsyncSession, settings: Settings) -> AsyncIterator[Finding]:
    if await session.get(Commune, 1) is None:
        line = "Chưa khai báo xã, ấp và cán bộ."
        yield fault("setup", line, "Viết tệp khai báo (xem README) rồi: binhyen setup TỆP.yml")
        return
    hamlets = (await session.scalars(select(Hamlet).order_by(Hamlet.name))).all()
    query = select(Officer).where(Officer.active).order_by(Officer.username)
    officers = (await session.scalars(query)).all()
    groups = (await session.scalars(select(Group).where(Group.enabled))).all()
    yield fine("setup", f"Đã khai báo {len(hamlets)} ấp, {len(officers)} cán bộ.")
    yield _leaders(hamlets, officers)
    yield _leaders_chats(hamlets, officers)
    yield _managers(officers)
    yield _groups(hamlets, groups)
    for finding in _connected(groups, settings):
        yield finding
    having = set((await session.scalars(select(SecondFactor.officer_id))).all())
    yield _second_factor([o for o in officers if is_required(o) and o.id not in having])


def _leaders(hamlets: Sequence[Hamlet], officers: Sequence[Officer]) -> Finding:
    led = {h.id for o in officers if o.role is Role.LEADER for h in o.hamlets}
    if without := [h.name for h in hamlets if h.id not in led]:
        return warning("leaders", f"Chưa có trưởng nhóm: {_list(without)}.", SETUP)
    return fine("leaders", "Ấp nào cũng có trưởng nhóm.")


def _leaders_chats(hamlets: Sequence[Hamlet], officers: Sequence[Officer]) -> Finding:
    told = {h.id for o in officers if o.role is Role.LEADER and o.chats for h in o.hamlets}
    if silent := [h.name for h in hamlets if h.id not in told]:
        line = f"Trưởng nhóm chưa có kênh chat để nhận báo tin: {_list(silent)}."
        return warning("officer_chats", line, SETUP)
    return fine("officer_chats", "Trưởng nhóm ấp nào cũng nhận được báo tin.")


def _managers(officers: Sequence[Officer]) -> Finding:
    managers = [officer for officer in officers if officer.role is Role.MANAGER]
    if not managers:
        return fault("managers", "Chưa có ai ở Tổ quản lý: tin khẩn không tới ai.", SETUP)
    if not any(manager.chats for manager in managers):
        line = "Không ai ở Tổ quản lý có kênh chat: không nhận được báo tin khẩn và sự cố."
        return warning("managers", line, SETUP)
    return fine("managers", f"Tổ quản lý có {len(managers)} người.")


def _groups(hamlets: Sequence[Hamlet], groups: Sequence[Group]) -> Finding:
    with_group = {group.hamlet_id for group in groups}
    if without := [h.name for h in hamlets if h.id not in with_group]:
        return warning("groups", f"Chưa có nhóm chat: {_list(without)}.", SETUP)
    return fine("groups", "Ấp nào cũng có nhóm chat.")


def _connected(groups: Sequence[Group], settings: Settings) -> list[Finding]:
    """Whether the platforms let the assistant hear each group."""
    on = {WEB, *platforms_on(settings)}
    found = []
    if off := [group.hamlet.name for group in groups if group.channel not in on]:
        line = f"Nhóm ở nền tảng đang tắt: {_list(off)}."
        found.append(fault("groups_connected", line, "Đặt mã của nền tảng ấy trong .env"))
    waited = [g for g in groups if g.channel == "telegram" and g.channel in on and not g.rights]
    if waited:
        line = f"Chưa thấy trợ lý được thêm vào nhóm: {_list(g.hamlet.name for g in waited)}."
        remedy = "Thêm bot vào nhóm, cho làm quản trị viên."
        found.append(warning("groups_connected", line, remedy))
    return found or [fine("groups_connected", "Các nhóm chat đã nối.")]


def _second_factor(without: Sequence[Officer]) -> Finding:
    if without:
        names = _list((officer.username for officer in without), "người")
        line = f"Chưa có xác nhận hai bước: {names}."
        return warning("second_factor", line, "Nhắc các cán bộ ấy đăng nhập và cài ứng dụng mã.")
    return fine("second_factor", "Tổ quản lý và quản trị đều có xác nhận hai bước.")


def _list(names: Iterable[str], what: str = "nơi") -> str:
    found = list(names)
    more = f" và {len(found) - SHOWN} {what} khác" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
