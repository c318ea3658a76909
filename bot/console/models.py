"""Officers' sign-ins: open sessions, and failed tries to slow down guessing."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, now
from bot.groups.models import Officer


class OfficerSession(Base):
    """A signed-in browser. The token itself is only in its cookie."""

    __tablename__ = "officer_sessions"

    token_key: Mapped[str] = mapped_column(String(32), primary_key=True)  # fingerprint
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now, index=True)

    officer: Mapped[Officer] = relationship(lazy="joined", innerjoin=True)


class SignInFailures(Base):
    """Failed tries for one name from one address; nobody else's tries count against a person."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)  # fingerprint of both
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=now, index=True)
