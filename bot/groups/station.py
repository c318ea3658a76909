"""The commune's police station: what the setup file says of it, and texts that speak of it.

An answer that holds in every commune leaves such facts open (`{station_phone}`). What the setup
does not say must not leave a hole in the sentence: "gọi {station_phone}" becomes "gọi Công an xã",
and brackets around an unknown fact go with it.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Commune, Officer
from bot.groups.service import leaders, managers
from bot.procedures.entry import PLACEHOLDERS, Entry, Fee, Service

CITIES = ("Hà Nội", "Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Huế", "Đồng Nai")
"""Those run by the state directly; Đồng Nai since 30/4/2026 (Nghị quyết 30/2026/QH16)."""

_PLACEHOLDER = re.compile(rf"{{({'|'.join(PLACEHOLDERS)})}}")
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Station:
    """Empty: not known. `services` has what is known to be done here, or not."""

    commune: str = ""
    province: str = ""
    address: str = ""
    phone: str = ""
    hours: str = ""
    services: Mapping[Service, bool] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """ "Công an xã Đồng Tâm"."""
        commune = self.commune.strip()
        return f"Công an {commune[:1].lower()}{commune[1:]}" if commune else "Công an xã"

    @property
    def city_police(self) -> str:
        """ "Công an thành phố Đồng Nai"."""
        province = self.province.strip()
        if not province:
            return "Công an tỉnh, thành phố"
        if re.match(r"(tỉnh|thành phố) ", province, re.IGNORECASE):
            return f"Công an {province[:1].lower()}{province[1:]}"
        return f"Công an {'thành phố' if province in CITIES else 'tỉnh'} {province}"

    def does(self, service: Service) -> bool | None:
        """Whether that is done here; None: nobody has said."""
        return self.services.get(service)


def fill(text: str, station: Station) -> str:
    """The text with the commune's facts in it."""
    known = {
        "station": station.name,
        "station_phone": station.phone,
        "station_address": station.address,
        "station_hours": station.hours,
        "city_police": station.city_police,
    }
    instead = {
        "station_phone": station.name,
        "station_address": f"trụ sở {station.name}",
        "station_hours": "giờ làm việc",
    }

    def without_holes(brackets: re.Match[str]) -> str:
        asked = _PLACEHOLDER.findall(brackets[1])
        return brackets[0] if all(known[name] for name in asked) else ""

    text = _BRACKETS.sub(without_holes, text)
    return _PLACEHOLDER.sub(lambda found: known[found[1]] or instead[found[1]], text)


def filled(entry: Entry, station: Station) -> Entry:
    """The procedure as it is told in this commune."""
    return Entry.model_construct(
        **{name: _filled(getattr(entry, name), station) for name in Entry.model_fields}
    )


def _filled(value: Any, station: Station) -> Any:
    if type(value) is str:
        return fill(value, station)
    if isinstance(value, list):
        return [_filled(each, station) for each in value]
    if isinstance(value, Fee):
        return value.model_copy(update={"text": fill(value.text, station)})
    return value


def station_of(commune: Commune | None) -> Station:
    """As it was set up."""
    if commune is None:
        return Station()
    said = commune.station or {}
    services = {s: said["services"][s] for s in Service if s in said.get("services", {})}
    facts = {name: said.get(name, "") for name in ("address", "phone", "hours")}
    return Station(commune.name, commune.province, **facts, services=services)


async def number_to_call(session: AsyncSession, hamlet_id: uuid.UUID | None) -> str:
    """The number a resident may call: of the hamlet's leader, the station, or a manager."""
    own = _public(await leaders(session, hamlet_id))
    station = station_of(await session.get(Commune, 1)).phone
    return own or station or _public(await managers(session))


def _public(officers: Sequence[Officer]) -> str:
    return next((o.phone for o in officers if o.phone and o.phone_public), "")
