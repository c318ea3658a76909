"""What is wrong with the installation at the moment, and who was told."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, now


class Trouble(Base):
    """One check that finds something wrong; gone once it has found nothing for a while."""

    __tablename__ = "troubles"

    check: Mapped[str] = mapped_column("check_name", String(32), primary_key=True)
    line: Mapped[str] = mapped_column(String(300))
    remedy: Mapped[str] = mapped_column(String(300), default="")
    since: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]
    fine_since: Mapped[datetime | None]
