"""What residents asked about a procedure and got no answer to."""

import uuid
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, SealedText, WithId, now


class ProcedureGap(WithId, Base):
    """A question without a good answer, masked; it carries neither name nor address."""

    __tablename__ = "procedure_gaps"

    inbound_id: Mapped[uuid.UUID] = mapped_column(unique=True)  # one gap a message
    asked_at: Mapped[datetime] = mapped_column(default=now)
    topic: Mapped[str | None] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(SealedText)
