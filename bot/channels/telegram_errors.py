"""What an error of the Telegram Bot API means, by its class and lower-cased description.

The texts are those of Telegram's own server (docs/channels.md); they may change, so each class
has a meaning of its own when no text matches.
"""

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.base import (
    DeliveryError,
    Misconfigured,
    Moved,
    OutcomeUnknown,
    Permanent,
    RateLimited,
    Retryable,
    Unreachable,
    Unsupported,
)
from bot.channels.http import DEFAULT_PAUSE, network_error, status_error

ALREADY_GONE = "already_gone"
"""Code of the error for a message to delete that is no longer there."""

_FORBIDDEN = (
    ("blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("can't initiate conversation", "never_started"),
    ("kicked", "removed"),
    ("not a member", "removed"),
    ("was deleted", "deleted"),
)

_BAD_REQUEST: tuple[tuple[str, type[Permanent], str], ...] = (
    ("chat not found", Unreachable, "chat_not_found"),
    ("user not found", Unreachable, "chat_not_found"),
    ("peer_id_invalid", Unreachable, "chat_not_found"),
    ("was deactivated", Unreachable, "deactivated"),
    ("message can't be deleted", Misconfigured, "cannot_delete"),
    ("rights", Misconfigured, "no_rights"),
    ("chat_admin_required", Misconfigured, "no_rights"),
    ("message to delete not found", Permanent, ALREADY_GONE),
    ("file is too big", Unsupported, "file_too_big"),
)


def delivery_error(error: Exception, *, repeatable: bool) -> DeliveryError:
    """Our error for one of python-telegram-bot's."""
    text = str(error).lower()
    match error:
        case RetryAfter():
            return RateLimited("rate", _seconds(error.retry_after))
        case ChatMigrated():
            return Moved("moved", str(error.new_chat_id))
        case InvalidToken():
            return Misconfigured("token")
        case Conflict():
            return Misconfigured("conflict")
        case Forbidden():
            known = (code for words, code in _FORBIDDEN if words in text)
            return Unreachable(next(known, "forbidden"))
        case BadRequest():
            return _bad_request(text)
        case NetworkError():
            return _network_error(error, text, repeatable)
        case _:  # an answer that cannot be read
            return Retryable("bad_answer") if repeatable else OutcomeUnknown("bad_answer")


def _bad_request(text: str) -> Permanent:
    for words, meaning, code in _BAD_REQUEST:
        if words in text:
            return meaning(code)
    return Permanent("bad_request")


def _network_error(error: TelegramError, text: str, repeatable: bool) -> DeliveryError:
    """The library keeps httpx's error as the cause, and a status only in words."""
    if isinstance(error.__cause__, httpx.HTTPError):
        return network_error(error.__cause__, repeatable=repeatable)
    if "too many requests" in text:
        return RateLimited("rate", DEFAULT_PAUSE)
    if "too large" in text:
        return Unsupported("file_too_big")
    return status_error(504 if "timeout" in text else 500, None, repeatable=repeatable)


def _seconds(pause: int | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
