"""Which new passwords are taken: long and not common; no rules on kinds of characters."""

import unicodedata
from functools import cache
from pathlib import Path

from bot.nlu.text import strip_diacritics
from bot.security.passwords import MIN_LENGTH

MAX_LENGTH = 200
COMMON = Path(__file__).with_name("common_passwords.txt")


def complaint(password: str, username: str) -> str | None:
    """What is wrong with a new password, in Vietnamese; None when it is good."""
    if len(password) < MIN_LENGTH:
        return f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự. Một câu dễ nhớ là tốt nhất."
    if len(password) > MAX_LENGTH:
        return f"Mật khẩu dài quá {MAX_LENGTH} ký tự."
    plain = _plain(password)
    if plain in _common() or len(set(plain)) < 4 or plain.replace(_plain(username), "") == "":
        return "Mật khẩu này quá dễ đoán. Xin chọn câu khác."
    return None


def normalise(password: str) -> str:
    """One spelling for what keyboards send as composed or as combining marks."""
    return unicodedata.normalize("NFC", password)


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(_plain(line) for line in lines if line and not line.startswith("#"))


def _plain(text: str) -> str:
    return strip_diacritics(text).lower().replace(" ", "")
