"""The address the world knows: does it lead here, and how long is its certificate good?"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import httpx

from bot.checks.finding import Finding, fault, fine, warning
from bot.settings import Settings

TIMEOUT = 10.0  # seconds
SOON, VERY_SOON = 14.0, 3.0  # days
KEPT = 3600.0
"""Seconds for which what was seen of the certificate holds."""
RENEW = "Gia hạn chứng thư (với certbot: certbot renew) rồi nạp lại máy chủ web."


@dataclass(frozen=True, slots=True)
class Certificate:
    """`days` left; None with the reason when there is none to trust, "" when nobody answers."""

    days: float | None
    reason: str = ""


async def certificate(url: str) -> Certificate | None:
    """What the address shows to a browser that has never been there; None without https."""
    where = urlsplit(url)
    if where.scheme != "https" or where.hostname is None:
        return None
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(
                where.hostname, where.port or 443, ssl=ssl.create_default_context()
            )
    except ssl.SSLCertVerificationError as error:
        return Certificate(None, error.verify_message or "invalid")
    except (OSError, TimeoutError):
        return Certificate(None)
    try:
        seen = writer.get_extra_info("peercert")
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(seen["notAfter"]), UTC)
    return Certificate((end - datetime.now(UTC)).total_seconds() / 86400)


class Remembered:
    """The certificate of one address, looked at once an hour."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._at = float("-inf")
        self._seen: Certificate | None = None

    async def get(self) -> Certificate | None:
        if time.monotonic() - self._at > KEPT:
            self._at = time.monotonic()
            self._seen = await certificate(self._url)
        return self._seen


@cache
def certificate_of(url: str) -> Remembered:
    """The one memory of this process of an address."""
    return Remembered(url)


def judge(seen: Certificate | None) -> Finding:
    check = "certificate"
    if seen is None:
        return fine(check, "Trang không dùng https nên không có chứng thư.")
    if seen.days is None and seen.reason:
        line = f"Trình duyệt không tin chứng thư của địa chỉ công khai ({seen.reason})."
        return fault(check, line, RENEW)
    if seen.days is None:
        line = "Từ máy này không xem được chứng thư của địa chỉ công khai."
        return warning(check, line, "Xem DNS, tường lửa và máy chủ web đứng trước.")
    line = f"Chứng thư của địa chỉ công khai còn {seen.days:.0f} ngày."
    if seen.days < VERY_SOON:
        return fault(check, line, RENEW)
    if seen.days < SOON:
        return warning(check, line, RENEW)
    return fine(check, line)


async def public_address(settings: Settings, *, running: bool) -> AsyncIterator[Finding]:
    if settings.public_url is None:
        line = "Chưa đặt BINHYEN_PUBLIC_URL nên bà con và nền tảng chat không vào được."
        yield warning("public_address", line, "Đặt BINHYEN_PUBLIC_URL=https://…")
        return
    yield judge(await certificate(settings.public_base))
    if not running:
        return
    yield await _leads_here(settings.public_base)


async def _leads_here(base: str) -> Finding:
    check = "public_address"
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            answer = await client.get(f"{base}/health/live")
        said = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError, ssl.SSLError):
        line = f"Từ máy này không vào được {base}."
        return warning(check, line, "Thử bằng điện thoại; xem DNS, tường lửa, máy chủ web.")
    if said != {"status": "live"}:
        line = f"{base} không dẫn tới dịch vụ này (mã {answer.status_code})."
        return fault(check, line, "Xem máy chủ web đứng trước có chuyển đúng cổng không.")
    return fine(check, f"{base} dẫn tới dịch vụ này.")
