"""What each night erased: numbers, nothing of what it was."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, now


class Purge(Base):
    """One night's work."""

    __tablename__ = "purges"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    erased: Mapped[dict[str, int]] = mapped_column(JSON)  # by the key of a kind
