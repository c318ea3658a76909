"""The made-up commune of `binhyen demo`: three hamlets, officers, and messages waiting to be read.

Everybody in it is invented. The messages go in the way real ones do, so that what the demo shows is
what the product does with them.
"""

import asyncio
import base64
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind
from bot.console import second_factor
from bot.db import Database
from bot.groups.models import Group, Officer, Role
from bot.groups.setup import apply_setup, read_setup
from bot.messages.inbox import receive
from bot.security.passwords import hash_password
from bot.security.vault import Vault, vault
from bot.settings import Settings

COMMUNE = """
commune:
  name: Xã Đồng Tâm
  province: Đồng Nai
  station:
    address: trụ sở giả định, Ấp 2
    phone: "0900000113"
    hours: 7 giờ 30 đến 11 giờ 30 và 13 giờ 30 đến 17 giờ, thứ Hai đến thứ Sáu
    services: {id_card: yes, driving_license_exchange: yes, vehicle_registration: no}
managers:
  - {username: quanly, name: Phạm Quốc Thái, phone: "0900000001"}
admins:
  - {username: quantri, name: Võ Minh Tú}
hamlets:
  - name: Ấp 1
    leader: {username: ap1, name: Nguyễn Văn Hải, phone: "0900000011"}
    deputies: [{username: phoap1, name: Lê Thị Sáu}]
  - name: Ấp 2
    leader: {username: ap2, name: Trần Minh Đức, phone: "0900000012"}
  - name: Ấp 3
    leader: {username: ap3, name: Đỗ Hoàng Nam, phone: "0900000013"}
"""

ROLE_NAMES = {
    Role.LEADER: "trưởng nhóm",
    Role.DEPUTY: "phó nhóm",
    Role.MANAGER: "tổ quản lý",
    Role.ADMIN: "quản trị",
}

MESSAGES = (
    # who, group ("" for a private message), what
    ("Chị Út Mai", "ap-1", "chúc cả nhà ngủ ngon"),
    ("Anh Ba Lúa", "ap-1", "nhà kế bên đêm nào cũng tụ tập đánh bài ăn tiền, ồn không ai ngủ được"),
    ("Bác Tư Hiền", "ap-2", "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ"),
    ("Cô Năm Xoài", "ap-2", "cây dầu ngã chắn ngang đường vô nhà văn hóa, xe không qua được"),
    ("Anh Sáu Thợ", "ap-3", "chay nha roi ba con oi, ap 3, goi cuu hoa gium"),
    (
        "Chị Bảy Vườn",
        "",
        "hàng xóm lấn ranh đất nhà tôi gần nửa mét, nói hoài không chịu dời hàng rào",
    ),
    ("Em Tâm", "", "tối qua em bị mất xe máy trước phòng trọ, giờ em phải làm sao"),
    (
        "Bác Chín",
        "",
        "tôi ra xã làm giấy ba lần mà anh trực cứ bảo mai quay lại, tiếp dân vậy không được",
    ),
)


def prepare(settings: Settings) -> Sequence[str]:
    """Fill the demo's database, once; returns the lines that show how to sign in."""
    return asyncio.run(_prepare(str(settings.database_url), vault(), settings.public_base))


async def _prepare(url: str, vault: Vault, address: str) -> list[str]:
    db = Database(url)
    try:
        async with db.begin() as session:
            fresh = (await session.execute(select(Officer.id))).first() is None
            await apply_setup(session, read_setup(COMMUNE))
            officers = (await session.execute(select(Officer).order_by(Officer.role))).scalars()
            lines = [f"Trang cán bộ: {address}/console"]
            with_code = []
            for officer in officers:
                password = _password(vault, officer.username)
                if fresh:
                    officer.password_hash = hash_password(password)
                    officer.must_change_password = False
                    officer.password_expires_at = None
                role = ROLE_NAMES[officer.role]
                lines.append(f"  {officer.username:8} {password}   {officer.name} ({role})")
                if second_factor.is_required(officer):
                    with_code.append(officer.username)
                    if not await second_factor.has(session, officer.id):
                        secret = _secret(vault, officer.username)
                        await second_factor.keep(session, officer.id, secret, step=0)
            lines.append(
                f"{' và '.join(with_code)} đăng nhập cần thêm mã 6 số; xem mã bằng lệnh:"
                f" binhyen demo-code {with_code[0]}"
            )
            if fresh:
                await _write_messages(session)
    finally:
        await db.close()
    return lines


def code(settings: Settings, username: str) -> str:
    """What the app of one of the demo's managers or admins would show now."""
    assert settings.secret_key is not None
    own = Vault(settings.secret_key.get_secret_value())
    return second_factor.code_of(_secret(own, username))


async def _write_messages(session: AsyncSession) -> None:
    groups = {g.chat_id for g in (await session.execute(select(Group))).scalars()}
    for number, (name, group, text) in enumerate(MESSAGES):
        assert not group or group in groups
        visitor = f"demo-{number}"
        await receive(
            session,
            Event(
                channel="web",
                key=f"demo-{number}",
                kind=EventKind.MESSAGE,
                chat_kind=ChatKind.GROUP if group else ChatKind.PRIVATE,
                chat_id=group or visitor,
                sender_id=visitor,
                sender_name=name,
                message_id=f"demo-{number}",
                text=text,
            ),
        )


def _secret(vault: Vault, username: str) -> str:
    return base64.b32encode(vault.derive(f"demo second factor {username}")[:20]).decode()


def _password(vault: Vault, username: str) -> str:
    """The same at every start of this demo, and another in every other."""
    raw = base64.b32encode(vault.derive(f"demo password {username}")).decode().lower()
    return f"{raw[:4]}-{raw[4:8]}-{raw[8:12]}"
