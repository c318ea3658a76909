"""The second factor: a code of six digits from an app on the officer's phone (TOTP, RFC 6238)."""

import hmac
import time
import uuid

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.models import OfficerSession, RecoveryCode, SecondFactor
from bot.db import now
from bot.groups.models import Officer, Role

STEP = 30  # seconds that one code is shown
DRIFT = 1  # steps that a phone's clock may be off, either way
ISSUER = "Bình Yên"

_clock = time.time


def is_required(officer: Officer) -> bool:
    """Whoever reads everything, or makes accounts; the others may have one."""
    return officer.role in (Role.MANAGER, Role.ADMIN)


def is_due(officer: Officer, opened: OfficerSession) -> bool:
    """Whether he must set one up before anything else."""
    return is_required(officer) and not opened.by_code


def new_secret() -> str:
    return pyotp.random_base32()  # 160 bits


def address(secret: str, username: str) -> str:
    """What the app takes over, as a link or as a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def picture(secret: str, username: str) -> Markup:
    """`address` as a QR code, drawn into the page: no script, no style, no other server."""
    drawn = segno.make(address(secret, username), error="m", micro=False)
    svg = drawn.svg_inline(scale=5, border=3, dark="#000", light="#fff")
    return Markup(svg)  # noqa: S704 (drawn here)


def in_groups(secret: str) -> str:
    """The secret as a person copies it."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


def step_of(secret: str, code: str) -> int | None:
    """The half minute whose code this is, if it is near enough to now."""
    shown, current = pyotp.TOTP(secret), int(_clock()) // STEP
    steps = range(current - DRIFT, current + DRIFT + 1)
    fits = [step for step in steps if hmac.compare_digest(shown.generate_otp(step), code)]
    return fits[-1] if fits else None


def code_of(secret: str) -> str:
    """What the app shows now."""
    return pyotp.TOTP(secret).generate_otp(int(_clock()) // STEP)


def digits(typed: str) -> str:
    """A code as people type it, "123 456", without what stands between; "" when it is none."""
    code = "".join(typed.split())
    return code if len(code) == 6 and code.isascii() and code.isdigit() else ""


async def has(session: AsyncSession, officer_id: uuid.UUID) -> bool:
    return await session.get(SecondFactor, officer_id) is not None


async def take(session: AsyncSession, officer_id: uuid.UUID, typed: str) -> bool:
    """Whether the code is right and was not used before; now it is used, and all earlier ones."""
    factor = await session.get(SecondFactor, officer_id, with_for_update=True)
    code = digits(typed)
    step = step_of(factor.secret, code) if factor and code else None
    if factor is None or step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    return True


async def keep(session: AsyncSession, officer_id: uuid.UUID, secret: str, step: int) -> None:
    """This app from now on; `step` is that of the code with which it was shown to work."""
    values = {"secret": secret, "last_step": step, "created_at": now()}
    statement = insert(SecondFactor).values(officer_id=officer_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["officer_id"], set_=values)
    )


async def take_away(session: AsyncSession, officer_id: uuid.UUID) -> None:
    """The app and the codes on paper are worth nothing any more."""
    await session.execute(delete(SecondFactor).where(SecondFactor.officer_id == officer_id))
    await session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))
