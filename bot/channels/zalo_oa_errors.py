"""What an error number of the Zalo OA Open API means (docs/channels.md)."""

from bot.channels.base import (
    DeliveryError,
    Misconfigured,
    Permanent,
    QuotaSpent,
    RateLimited,
    Retryable,
    Unreachable,
    WindowClosed,
)

TOKEN_REFUSED = frozenset({-216, -220})

_PAUSES: dict[int, tuple[type[RateLimited], str, float]] = {
    -32: (RateLimited, "rate", 60.0),
    -211: (QuotaSpent, "quota", 3600.0),
    -218: (QuotaSpent, "recipient_quota", 3600.0),
    -234: (RateLimited, "night", 3600.0),
}

_PERMANENT: dict[int, tuple[type[Permanent], str]] = {
    -201: (Permanent, "bad_request"),
    -210: (Permanent, "too_long"),
    -213: (Unreachable, "not_following"),
    -216: (Misconfigured, "token"),
    -220: (Misconfigured, "token"),
    -221: (Misconfigured, "not_verified"),
    -223: (Misconfigured, "not_authorised"),
    -224: (Misconfigured, "package"),
    -227: (Unreachable, "inactive"),
    -230: (WindowClosed, "window_closed"),
    -232: (WindowClosed, "window_closed"),
    -237: (Unreachable, "group_disabled"),
    -240: (Misconfigured, "api_version"),
    -244: (Unreachable, "restricted"),
    -320: (Misconfigured, "wallet"),
    -321: (Misconfigured, "wallet"),
    -403: (Unreachable, "removed"),
}


def delivery_error(code: int) -> DeliveryError:
    """Our error for one of Zalo's. One we do not know was not taken either: try again later."""
    if code in _PAUSES:
        pause, word, seconds = _PAUSES[code]
        return pause(word, seconds)
    if code in _PERMANENT:
        meaning, word = _PERMANENT[code]
        return meaning(word)
    return Retryable(f"error_{-code}")
