"""`binhyen setup commune.yml`: the commune, its hamlets, groups and officers, as a file says.

Running it again changes what the file changed and keeps the rest: accounts keep their passwords,
groups what the platforms told us about them.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.console import sessions
from bot.db import now
from bot.groups.duty import parse_duty
from bot.groups.models import Commune, Group, Hamlet, Officer, OfficerChat, Role
from bot.nlu.text import strip_diacritics
from bot.procedures.catalogue import renew
from bot.procedures.entry import Service
from bot.reports.letting_go import let_go
from bot.security.passwords import ONE_TIME_LASTS, hash_password, one_time_password

CHANNELS = ("telegram", "zalo_bot", "zalo_oa", "web")


class BadSetup(ValueError):
    """The file cannot be used; the message says where and why, in Vietnamese, on one line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _unless_unknown(value: Any) -> Any:
    return None if value == "unknown" else value


class StationEntry(_Strict):
    """The police station; what is not known stays out, and is said of nobody."""

    address: str = Field(default="", max_length=200)
    phone: str = Field(default="", pattern=r"^[0-9+ .()-]{0,32}$")
    hours: str = Field(default="", max_length=200)
    services: dict[Service, Annotated[bool | None, BeforeValidator(_unless_unknown)]] = Field(
        default_factory=dict
    )


class CommuneEntry(_Strict):
    name: str = Field(min_length=1, max_length=200)
    province: str = Field(min_length=1, max_length=200)
    station: StationEntry = Field(default_factory=StationEntry)


class DutyEntry(_Strict):
    """When the commune's police are at work; without it, an office's week."""

    days: str = Field(min_length=1)
    hours: list[str] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, data: Any) -> Any:
        """YAML reads a single day as a number, and an hour without quotes as minutes."""
        if isinstance(data, dict) and isinstance(data.get("days"), int):
            return {**data, "days": str(data["days"])}
        return data

    @model_validator(mode="after")
    def _readable(self) -> "DutyEntry":
        parse_duty(self.days, self.hours)
        return self


class OfficerEntry(_Strict):
    username: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")
    name: str = Field(min_length=1, max_length=200)
    phone: str = Field(default="", pattern=r"^[0-9+ .()-]{0,32}$")
    phone_public: bool = True
    chats: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, data: Any) -> Any:
        return _with_text_ids(data)


class ManagerEntry(OfficerEntry):
    on_duty: bool = False


class HamletEntry(_Strict):
    name: str = Field(min_length=1, max_length=200)
    chats: dict[str, str] = Field(default_factory=dict)
    leader: OfficerEntry
    deputies: list[OfficerEntry] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, data: Any) -> Any:
        return _with_text_ids(data)


class SetupFile(_Strict):
    commune: CommuneEntry
    duty: DutyEntry | None = None
    managers: list[ManagerEntry] = Field(min_length=1)
    admins: list[OfficerEntry] = Field(default_factory=list)
    hamlets: list[HamletEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "SetupFile":
        names = [h.name for h in self.hamlets]
        if double := _first_double(names):
            raise ValueError(f"ấp “{double}” có hai lần")
        roles: dict[str, Role] = {}
        for entry, role in self.officers():
            if roles.setdefault(entry.username, role) is not role:
                raise ValueError(f"tài khoản “{entry.username}” có hai vai trò")
        for chats in [*(e.chats for e, _ in self.officers()), *(h.chats for h in self.hamlets)]:
            if unknown := set(chats) - set(CHANNELS):
                raise ValueError(f"kênh “{unknown.pop()}” không có; dùng: {', '.join(CHANNELS)}")
        if double := _first_double([slug(name) for name in names]):
            raise ValueError(f"hai ấp có cùng địa chỉ “{double}”")
        private = {e.username: e.chats for e, _ in self.officers()}
        owned = [f"{channel} {chat}" for c in private.values() for channel, chat in c.items()]
        if double := _first_double(owned):
            raise ValueError(f"chat riêng “{double}” thuộc hai cán bộ")
        groups = [f"{channel} {chat}" for h in self.hamlets for channel, chat in h.chats.items()]
        if double := _first_double(groups):
            raise ValueError(f"nhóm “{double}” thuộc hai ấp")
        return self

    def officers(self) -> list[tuple[OfficerEntry, Role]]:
        """Everybody, with a role; a leader of several hamlets stands there several times."""
        return [
            *((m, Role.MANAGER) for m in self.managers),
            *((a, Role.ADMIN) for a in self.admins),
            *((h.leader, Role.LEADER) for h in self.hamlets),
            *((d, Role.DEPUTY) for h in self.hamlets for d in h.deputies),
        ]


@dataclass(slots=True)
class SetupResult:
    """What was made; `passwords` are those of new accounts and are shown once."""

    hamlets: int = 0
    groups: int = 0
    officers: int = 0
    passwords: dict[str, str] = field(default_factory=dict)


def read_setup(text: str) -> SetupFile:
    """Raises: BadSetup."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as e:
        line = getattr(getattr(e, "problem_mark", None), "line", None)
        where = f" ở dòng {line + 1}" if line is not None else ""
        raise BadSetup(f"Tệp không đúng dạng YAML{where}.") from None
    if not isinstance(data, dict):
        raise BadSetup("Tệp phải có các mục commune, managers, hamlets.")
    try:
        return SetupFile.model_validate(data)
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "tệp"
        raise BadSetup(f"{where}: {_in_vietnamese(first)}") from None


async def apply_setup(session: AsyncSession, setup: SetupFile) -> SetupResult:
    """Create or update what the file names. Nothing is deleted but chats that it drops."""
    result = SetupResult()
    duty = setup.duty.model_dump() if setup.duty else None
    commune = setup.commune
    await session.merge(
        Commune(
            id=1,
            name=commune.name,
            province=commune.province,
            duty=duty,
            station=_station(commune.station),
        )
    )
    await renew(session)  # the answers speak of the station
    officers = {}
    for entry, role in setup.officers():
        if entry.username not in officers:
            officers[entry.username] = await _officer(session, entry, role, result)
    for hamlet_entry in setup.hamlets:
        hamlet = await _hamlet(session, hamlet_entry.name)
        # Exactly those: whoever left the post reads nothing more (P-5.2 b).
        named = (hamlet_entry.leader, *hamlet_entry.deputies)
        hamlet.officers = [officers[entry.username] for entry in named]
        chats = {"web": slug(hamlet_entry.name), **hamlet_entry.chats}
        for channel, chat_id in chats.items():
            await _group(session, hamlet, channel, chat_id)
        result.groups += len(chats)
    for officer in (await session.execute(select(Officer))).scalars().all():
        await let_go(session, officer)
    result.hamlets = len(setup.hamlets)
    result.officers = len(officers)
    return result


def slug(name: str) -> str:
    """A hamlet's name as an address: "Ấp 1" gives "ap-1"."""
    plain = strip_diacritics(unicodedata.normalize("NFC", name)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _station(entry: StationEntry) -> dict[str, Any]:
    said = entry.model_dump(mode="json")
    known = {name: done for name, done in said["services"].items() if done is not None}
    return said | {"services": known}


async def _officer(
    session: AsyncSession, entry: OfficerEntry, role: Role, result: SetupResult
) -> Officer:
    query = select(Officer).where(Officer.username == entry.username)
    officer = (await session.execute(query)).scalar_one_or_none()
    if officer is None:
        password = one_time_password()
        result.passwords[entry.username] = password
        officer = Officer(
            username=entry.username,
            role=role,
            password_hash=hash_password(password),
            password_expires_at=now() + ONE_TIME_LASTS,
            hamlets=[],
        )
        session.add(officer)
    elif officer.role is not role:
        await sessions.end_all(session, officer.id)
    officer.name = entry.name
    officer.phone = entry.phone
    officer.phone_public = entry.phone_public
    officer.on_duty = isinstance(entry, ManagerEntry) and entry.on_duty
    officer.role = role
    await session.flush()
    await session.execute(delete(OfficerChat).where(OfficerChat.officer_id == officer.id))
    for channel, chat_id in entry.chats.items():
        # Whoever had this chat before has handed it over (P-5.2 b).
        same = (OfficerChat.channel == channel, OfficerChat.chat_id == chat_id)
        await session.execute(delete(OfficerChat).where(*same))
        session.add(OfficerChat(officer_id=officer.id, channel=channel, chat_id=chat_id))
    await session.flush()
    return officer


async def _hamlet(session: AsyncSession, name: str) -> Hamlet:
    query = select(Hamlet).where(Hamlet.name == name).options(selectinload(Hamlet.officers))
    hamlet = (await session.execute(query)).scalar_one_or_none()
    if hamlet is None:
        hamlet = Hamlet(name=name, officers=[])
        session.add(hamlet)
        await session.flush()
    return hamlet


async def _group(session: AsyncSession, hamlet: Hamlet, channel: str, chat_id: str) -> None:
    query = select(Group).where(Group.hamlet_id == hamlet.id, Group.channel == channel)
    group = (await session.execute(query)).scalar_one_or_none()
    if group is None:
        session.add(Group(hamlet_id=hamlet.id, channel=channel, chat_id=chat_id, set_up_as=chat_id))
    elif group.set_up_as != chat_id:
        group.chat_id = group.set_up_as = chat_id
    await session.flush()


def _with_text_ids(data: Any) -> Any:
    """Ids and phone numbers are text, though YAML reads a bare -1001 as a number."""
    if not isinstance(data, dict):
        return data
    fixed = dict(data)
    if isinstance(data.get("chats"), dict):
        fixed["chats"] = {k: str(v) if isinstance(v, int) else v for k, v in data["chats"].items()}
    return fixed


def _first_double(values: list[str]) -> str | None:
    return next((value for value, times in Counter(values).items() if times > 1), None)


_WORDS = {
    "missing": "thiếu mục này",
    "extra_forbidden": "không có mục này",
    "string_type": "phải là chữ (đặt trong ngoặc kép)",
    "string_too_short": "không được để trống",
    "string_too_long": "dài quá",
    "string_pattern_mismatch": "có ký tự không dùng được",
    "too_short": "cần ít nhất một mục",
    "list_type": "phải là danh sách",
    "dict_type": "phải có các mục con",
    "model_type": "phải có các mục con",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "enum": "không có mục này",
}


def _in_vietnamese(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _WORDS.get(error["type"], "không đúng")
