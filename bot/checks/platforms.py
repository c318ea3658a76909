"""The chat platforms: do they take our tokens, and do they bring messages to the right address?

Asking changes nothing there. Zalo OA is not asked: its refresh token works only once.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import DeliveryError
from bot.channels.http import call, new_client
from bot.channels.reading import mapping
from bot.channels.registry import NEEDED, missing, platforms_on
from bot.checks.finding import Finding, fault, fine, warning
from bot.db import now
from bot.messages.models import ChannelToken
from bot.settings import Settings

NAMES = {"telegram": "Telegram", "zalo_bot": "Zalo Bot", "zalo_oa": "Zalo OA"}
TIMEOUT = 10.0  # seconds
PENDING = 100
"""Messages waiting at the platform, from which on they are not brought as they come."""
RECENTLY = timedelta(hours=1)
STALE, SPENT = timedelta(days=60), timedelta(days=85)
"""Of the three months a refresh token of Zalo OA lives."""


def settings_complete(settings: Settings) -> Iterator[Finding]:
    """A platform that lacks one of its values is off, and nobody notices."""
    for platform, name in NAMES.items():
        lacks = missing(settings, platform)
        if 0 < len(lacks) < len(NEEDED[platform]):
            names = ", ".join(f"BINHYEN_{field.upper()}" for field in lacks)
            line = f"{name} đang tắt vì thiếu {names}."
            yield warning("platforms", line, "Đặt cho đủ, hoặc bỏ hết các giá trị của nền tảng.")
    on = [NAMES[platform] for platform in platforms_on(settings)]
    yield fine("platforms", f"Đang bật: {', '.join([*on, 'trang chat của xã'])}.")


async def bots(settings: Settings) -> AsyncIterator[Finding]:
    for platform in ("telegram", "zalo_bot"):
        if platform not in platforms_on(settings):
            continue
        token: SecretStr = getattr(settings, f"{platform}_token")
        base: str = getattr(settings, f"{platform}_api_url")
        path = f"/webhooks/{platform.replace('_', '-')}"
        wanted = f"{settings.public_base}{path}" if settings.public_url else None
        client = new_client(base, TIMEOUT)
        try:
            address = f"{base.rstrip('/')}/bot{token.get_secret_value()}"
            async for finding in Bot(client, address, NAMES[platform]).look(platform, wanted):
                yield finding
        finally:
            await client.aclose()


class Bot:
    """A bot of Telegram or Zalo, whose methods answer in the same form."""

    def __init__(self, client: Any, base: str, name: str) -> None:
        self._client = client
        self._base = base
        self._name = name

    async def look(self, check: str, wanted: str | None) -> AsyncIterator[Finding]:
        """`wanted`: where messages are to be brought; None where the world knows no address."""
        try:
            me = await self._ask("getMe")
            if me.get("ok") is not True:
                line = f"{self._name} không nhận mã của bot."
                yield fault(f"{check}_token", line, "Lấy mã mới từ nơi tạo bot, đặt lại trong .env")
                return
            yield fine(f"{check}_token", f"{self._name} nhận mã của bot.")
            if wanted is None:
                line = f"{self._name} chưa có nơi để đưa tin tới."
                remedy = "Đặt BINHYEN_PUBLIC_URL=https://…, rồi gọi setWebhook với địa chỉ ấy."
                yield fault(f"{check}_webhook", line, remedy)
                return
            info = await self._ask("getWebhookInfo")
        except DeliveryError as error:
            line = f"Không hỏi được {self._name} ({error.code})."
            yield warning(f"{check}_token", line, "Xem mạng của máy này.")
            return
        if info.get("ok") is True:
            yield _webhook(self._name, f"{check}_webhook", mapping(info.get("result")), wanted)

    async def _ask(self, method: str) -> Mapping[str, Any]:
        return await call(self._client, "POST", f"{self._base}/{method}", repeatable=True)


def _webhook(name: str, check: str, info: Mapping[str, Any], wanted: str) -> Finding:
    """`info`: Telegram's getWebhookInfo; Zalo's has the address alone."""
    if info.get("url") != wanted:
        where = "chưa có địa chỉ nhận tin" if not info.get("url") else "đưa tin tới nơi khác"
        return fault(check, f"{name} {where}.", f"Gọi setWebhook với địa chỉ {wanted}")
    failed = info.get("last_error_date")
    if isinstance(failed, int) and now().timestamp() - failed < RECENTLY.total_seconds():
        reason = str(info.get("last_error_message", ""))[:80]
        line = f"{name} vừa không đưa được tin tới ({reason})."
        return warning(check, line, "Xem địa chỉ công khai có vào được từ ngoài không.")
    waiting = info.get("pending_update_count", 0)
    if isinstance(waiting, int) and waiting > PENDING:
        line = f"{name} còn giữ {waiting} tin chưa đưa tới."
        return warning(check, line, "Xem dịch vụ có đang chạy và kịp nhận không.")
    return fine(check, f"{name} đưa tin đúng địa chỉ.")


async def zalo_oa(session: AsyncSession, settings: Settings) -> AsyncIterator[Finding]:
    """How old the refresh token is: it comes back anew with each use."""
    if "zalo_oa" not in platforms_on(settings):
        return
    row = await session.get(ChannelToken, f"zalo_oa:{settings.zalo_oa_app_id}")
    issued = datetime.fromisoformat(row.pair["issued_at"]) if row else None
    age = now() - issued if issued else None
    remedy = "Nhờ quản trị viên OA cấp lại quyền, đặt lại hai mã BINHYEN_ZALO_OA_… trong .env"
    if age is None:
        yield warning("zalo_oa_token", "Zalo OA chưa được dùng lần nào.", "Gửi thử một tin.")
    elif age > SPENT:
        yield fault("zalo_oa_token", f"Mã làm mới của Zalo OA đã {age.days} ngày tuổi.", remedy)
    elif age > STALE:
        yield warning("zalo_oa_token", f"Mã làm mới của Zalo OA đã {age.days} ngày tuổi.", remedy)
    else:
        yield fine("zalo_oa_token", f"Mã của Zalo OA đổi cách đây {age.days} ngày.")
