"""Officers' sign-ins: open sessions, second factors, and failed tries to slow down guessing."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, SealedText, now
from bot.groups.models import Officer


class OfficerSession(Base):
    """A signed-in browser. The token itself is only in its cookie."""

    __tablename__ = "officer_sessions"

    token_key: Mapped[str] = mapped_column(String(32), primary_key=True)  # fingerprint
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)  # to speak of it
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now, index=True)
    proved_at: Mapped[datetime] = mapped_column(default=now)  # the last password or code
    code_due: Mapped[bool] = mapped_column(default=False)  # opens nothing yet but the code's page
    by_code: Mapped[bool] = mapped_column(default=False)  # opened with the second factor too
    new_secret: Mapped[str | None] = mapped_column(SealedText)  # of an app that is being set up
    address: Mapped[str] = mapped_column(SealedText, default="")
    browser: Mapped[str] = mapped_column(String(64), default="")  # bot/console/browsers.py

    officer: Mapped[Officer] = relationship(lazy="joined", innerjoin=True)


class SecondFactor(Base):
    """The app on an officer's phone that makes a code every half minute (TOTP)."""

    __tablename__ = "second_factors"

    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(SealedText)
    last_step: Mapped[int]  # the half minute of the last code taken; earlier ones are used up
    created_at: Mapped[datetime] = mapped_column(default=now)


class RecoveryCode(Base):
    """A code on paper, for the day the phone is gone. The row goes when it is used."""

    __tablename__ = "recovery_codes"

    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    selector: Mapped[str] = mapped_column(String(8), primary_key=True)  # its first letters
    code_hash: Mapped[str] = mapped_column(String(256))  # the rest


class SignInFailures(Base):
    """Failed tries of one kind: bot/console/throttle.py says which are counted together."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)  # fingerprint
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=now, index=True)
