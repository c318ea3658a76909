"""The keys that seal columns, wrapped."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, EnumText, now


class Purpose(StrEnum):
    ROOT = "root"  # what never changes is derived from it
    DATA = "data"  # seals columns


class State(StrEnum):
    ACTIVE = "active"
    OLD = "old"  # what it has sealed is being sealed anew
    RETIRED = "retired"  # nothing uses it


class VaultKey(Base):
    """One key, sealed with the installation's secret: bot/security/keyring.py."""

    __tablename__ = "vault_keys"
    __table_args__ = (
        Index("uq_vault_keys_active", "purpose", unique=True, postgresql_where="state = 'active'"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: the root
    purpose: Mapped[Purpose] = mapped_column(EnumText(Purpose))
    state: Mapped[State] = mapped_column(EnumText(State), default=State.ACTIVE)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)  # None: retired, and forgotten
    # With the secret before the last, until the service has started with the new one.
    wrapped_before: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]
