"""Headers that every answer carries, pages, files and errors alike."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from bot.settings import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler draws its arrows and ticks as data
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HTTPS_ONLY = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
PRIVATE = {"cache-control": "no-store"}


class SecurityHeaders:
    """A `before_send` hook; a header that a handler set itself stays."""

    def __init__(self, settings: Settings) -> None:
        self._always = HEADERS | (HTTPS_ONLY if is_https(settings) else {})

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        private = PRIVATE if scope["path"].startswith("/console") else {}
        for name, value in (self._always | private).items():
            headers.setdefault(name, value)


def is_https(settings: Settings) -> bool:
    return settings.public_base.startswith("https:")
